"""The Dagster assets: typed inputs, one library call, value and metadata out."""
