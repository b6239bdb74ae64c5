"""What the pipeline runs, and a person can: package the job, roll it out, judge it, go back."""
