"""All laws of a destination in one suite, so that none can be left out."""

from __future__ import annotations

from floe_ingestion_dlt.testing.changed_file_laws import ChangedFileLaws
from floe_ingestion_dlt.testing.flag_laws import FlagLaws
from floe_ingestion_dlt.testing.growth_laws import GrowthLaws
from floe_ingestion_dlt.testing.housekeeping_laws import HousekeepingLaws
from floe_ingestion_dlt.testing.laws import CommitLaws, SchemaLaws
from floe_ingestion_dlt.testing.merge_laws import MergeLaws, NestedMergeLaws
from floe_ingestion_dlt.testing.missing_laws import MissingLaws
from floe_ingestion_dlt.testing.port_laws import PortLaws
from floe_ingestion_dlt.testing.refresh_laws import RefreshLaws
from floe_ingestion_dlt.testing.remembering_laws import RememberingLaws
from floe_ingestion_dlt.testing.reset_laws import ResetLaws
from floe_ingestion_dlt.testing.scd2_laws import Scd2Laws
from floe_ingestion_dlt.testing.state_laws import StateLaws
from floe_ingestion_dlt.testing.stream_laws import StreamLaws
from floe_ingestion_dlt.testing.window_laws import NestedWindowLaws, WindowLaws


class DestinationLaws:
    """Subclass it in a test module under a name that begins with Test, and give a fixture `lab`: pytest runs every law.

    class TestMyDestination(DestinationLaws):
        @pytest.fixture
        def lab(self, tmp_path): return MyLab(tmp_path)
    """

    class TestCommits(CommitLaws):
        pass

    class TestAnswers(PortLaws):
        pass

    class TestStates(StateLaws):
        pass

    class TestHousekeeping(HousekeepingLaws):
        pass

    class TestSchemas(SchemaLaws):
        pass

    class TestGrowth(GrowthLaws):
        pass

    class TestMerges(MergeLaws):
        pass

    class TestNestedMerges(NestedMergeLaws):
        pass

    class TestFlags(FlagLaws):
        pass

    class TestMissing(MissingLaws):
        pass

    class TestVersions(Scd2Laws):
        pass

    class TestWindows(WindowLaws):
        pass

    class TestNestedWindows(NestedWindowLaws):
        pass

    class TestChangedFiles(ChangedFileLaws):
        pass

    class TestRemembering(RememberingLaws):
        pass

    class TestRefreshes(RefreshLaws):
        pass

    class TestResets(ResetLaws):
        pass

    class TestStreams(StreamLaws):
        pass
