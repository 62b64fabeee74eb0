"""Routes, one file for each area: they read the request, call one use case and answer."""
