"""What Prometheus may know: counts and times, never names, texts or ids."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("latent_http_request_seconds", "Time per request.", ["method", "route", "status"])
RUNS_ACTIVE = Gauge("latent_chat_runs_active", "Answers being written by this process.")
RUNS_ENDED = Counter("latent_chat_runs_total", "Answers that ended.", ["status"])
PROVIDER_ERRORS = Counter("latent_provider_errors_total", "Failures of providers.", ["kind"])
TASKS_ENDED = Counter("latent_tasks_total", "Media tasks that ended.", ["state", "code"])
SOCKETS_OPEN = Gauge("latent_sockets_open", "Sockets of devices that this process serves.")
