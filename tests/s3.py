"""A server that speaks S3, as tests see it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class S3Storage:
    """A running server that speaks S3, and a bucket in it."""

    endpoint: str
    bucket: str
    region: str = "us-east-1"
    access_key_id: str = "test-key"
    secret_access_key: str = "test-secret"

    def open(self, prefix: str, *, scratch: Path | None = None) -> ObjectStore:
        return ObjectStore(
            f"s3://{self.bucket}/{prefix}",
            endpoint=self.endpoint,
            region=self.region,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
            scratch=scratch,
        )

    def client(self) -> Any:
        """Another client than ours, to look at what is really there."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
        )
