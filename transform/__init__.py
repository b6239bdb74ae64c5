"""The Lambda function that Firehose can call for results. It needs only Lambda's runtime."""
