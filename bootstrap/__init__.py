"""From nothing to a pipeline that deploys: state that keeps itself, and the way back."""
