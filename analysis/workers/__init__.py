"""Who works off what falls into blocks: this process, or the workers of a Dask cluster."""
