"""Runs and steps on Celery workers: how they are sent, carried out and watched."""
