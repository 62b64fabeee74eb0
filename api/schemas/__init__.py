"""What requests and answers look like; part of the published contract."""
