"""Calls to addresses that tenants name, which must not lead back inside."""
