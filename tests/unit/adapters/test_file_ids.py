from __future__ import annotations

from floe_ingestion_dlt.adapters.dlt_api.reading_order import next_file_id


def test_ids_are_in_the_order_in_which_they_are_made() -> None:
    made = [next_file_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(made) == len(set(made))
