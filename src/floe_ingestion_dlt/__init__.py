"""REST APIs, SQL databases and files into Apache Iceberg through dlt."""
