"""The stack's CloudWatch dashboard, drawn from its deployed body."""
