"""Objects in a local folder, S3, GCS or Azure behind one client."""
