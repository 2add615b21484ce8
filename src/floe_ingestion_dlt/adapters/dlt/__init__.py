"""The engine: dlt pipelines, their sources, and the dlt destination that turns load packages into loads."""
