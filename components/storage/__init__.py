"""Encrypted storage: the KMS key, private buckets, the bucket of Pulumi's state."""
