"""Telling other systems what happened: subscriptions, the outbox and its deliveries."""
