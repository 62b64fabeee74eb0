"""Loads ultralytics as the product does, before any test module imports it."""

from cliply.media.ultralytics_package import load_ultralytics

load_ultralytics()
