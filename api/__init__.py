"""The HTTP face of Cliply for tenants."""
