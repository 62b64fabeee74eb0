"""What has to be done from time to time: sweeping what nobody needs any more."""
