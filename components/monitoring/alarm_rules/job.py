"""The alarms of the job: its state, and how far it is behind."""

from components.base.names import Names
from components.monitoring.alarm_rules.rule import LAG_MS, Rule, Thresholds
from components.monitoring.metrics import EVENT_TIME_LAG, job_metric


def job_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    """Give the alarms of the job itself."""
    return [*_state_rules(names, thresholds), *_lag_rules(names, thresholds)]


def _state_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    return [
        Rule(
            noun="job-down",
            metric=job_metric(names, "downtime", "Maximum"),
            above=0,
            periods=5,  # during an update there is no job for a few minutes
            missing="breaching",
            meaning="The job has not run for 5 minutes. Look for PythonDriver and exceptions of "
            "tasks in the log. Roll back to the previous version.",
            person=True,
        ),
        Rule(
            noun="job-restarts",
            metric=job_metric(names, "fullRestarts", "Maximum", 300),
            form="rate",
            above=0,
            meaning="The job restarted. Once may be maintenance; again and again is a failure that "
            "the log names.",
            person=False,
        ),
        Rule(
            noun="checkpoints-failing",
            metric=job_metric(names, "numberOfFailedCheckpoints", "Maximum", 300),
            form="rate",
            above=0,
            meaning="A checkpoint failed: after a failure, more is read again. Look at back "
            "pressure and at the role's permissions.",
            person=True,
        ),
        Rule(
            noun="checkpoints-slow",
            metric=job_metric(names, "lastCheckpointDuration", "Maximum"),
            above=thresholds.checkpoint_ms,
            periods=3,
            meaning="A checkpoint takes more than half the interval. Look at back pressure and at "
            "the state's size.",
            person=False,
        ),
        Rule(
            noun="cpu-high",
            metric=job_metric(names, "cpuUtilization", "Maximum"),
            above=80,
            periods=3,
            meaning="The job needs more KPUs. Autoscaling doubles them after 15 minutes at 75 %.",
            person=False,
        ),
        Rule(
            noun="heap-high",
            metric=job_metric(names, "heapMemoryUtilization", "Maximum"),
            above=90,
            periods=3,
            meaning="The heap is nearly full. Add KPUs, or run fewer subtasks for each KPU.",
            person=False,
        ),
        Rule(
            noun="back-pressure",
            metric=job_metric(names, "backPressuredTimeMsPerSecond", "Maximum"),
            form="across",
            above=500,
            periods=3,
            meaning="A task waits half of its time for the next: a stream that throttles, or too "
            "few KPUs.",
            person=False,
        ),
        Rule(
            noun="late-dropped",
            metric=job_metric(names, "numLateRecordsDropped", "Maximum", 300),
            form="rate",
            above=0,
            meaning="The window dropped trades that the source had accepted: they are in no window "
            "and no dead letter. This is a defect. Keep the stream's records and replay them.",
            person=True,
        ),
    ]


def _lag_rules(names: Names, thresholds: Thresholds) -> list[Rule]:
    return [
        Rule(
            noun="job-behind",
            metric=job_metric(names, "millisBehindLatest", "Maximum"),
            form="across",
            above=LAG_MS,
            periods=5,
            meaning="The job reads more than a minute behind. After an outage it catches up by "
            "itself. Otherwise add KPUs, or shards to the stream.",
            person=True,
        ),
        Rule(
            noun="event-time-behind",
            metric=job_metric(names, EVENT_TIME_LAG, "Maximum"),
            form="across",
            above=thresholds.event_time_ms,
            periods=5,
            meaning="Records arrive, but event time stands still or is far behind them, so that no "
            "window ends or only old ones do. No record counts, a shard is not read, or a producer "
            "whose clock is behind has a shard of its own.",
            person=True,
        ),
    ]
