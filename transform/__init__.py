"""The Lambda function that Firehose can pass results through; it needs nothing but the runtime."""
