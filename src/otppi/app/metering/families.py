"""The table of metrics: every name that `/metrics` may show, with its kind, labels and meaning.

The reference page is written from it. To add a metric, add a row, and count it in the file of its subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["gauge", "counter", "histogram"]

FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SENDING: Final = (0.01, 0.05, 0.25, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 3600.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. `help` is one sentence; `buckets` are upper bounds, for a histogram only."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


INFO: Final = Family("otppi_info", "gauge", "1; the label says which version runs.", ("version",))
ALARMS: Final = Family("otppi_alarms", "gauge", "Alarms that stand.", ("severity",))

MODEM_STATE: Final = Family(
    "otppi_modem_state", "gauge", "1 for the state the modem is in, 0 for every other.", ("modem", "state")
)
MODEM_SIGNAL: Final = Family(
    "otppi_modem_signal", "gauge", "Signal from 0 to 31 as +CSQ tells it; missing while unknown.", ("modem",)
)
MODEM_QUEUE: Final = Family("otppi_modem_queue", "gauge", "Messages that wait for this modem first.", ("modem",))
MODEM_BREAKER: Final = Family(
    "otppi_modem_breaker_open", "gauge", "1 while the modem or its SIM failed too often and rests.", ("modem",)
)
MODEM_SENT: Final = Family("otppi_modem_sent_total", "counter", "SMS the network took, segments counted.", ("modem",))
MODEM_REFUSED: Final = Family(
    "otppi_modem_refused_total", "counter", "Sends refused by modem or network, by class of error.", ("modem", "class")
)
MODEM_UNANSWERED: Final = Family(
    "otppi_modem_unanswered_total", "counter", "Texts that were handed over and got no answer.", ("modem",)
)
MODEM_NOT_HANDED: Final = Family(
    "otppi_modem_not_handed_total", "counter", "Sends that ended before the text left.", ("modem",)
)
MODEM_RESETS: Final = Family(
    "otppi_modem_resets_total", "counter", "Times the modem had to be brought back in step, or was reset.", ("modem",)
)

OUTBOX_MESSAGES: Final = Family(
    "otppi_outbox_messages", "gauge", "Open messages by class and state.", ("class", "state")
)
OUTBOX_OLDEST: Final = Family(
    "otppi_outbox_oldest_seconds", "gauge", "Age of the oldest message that is queued; 0 for none.", ("class",)
)
OUTBOX_ACCEPTED: Final = Family("otppi_outbox_accepted_total", "counter", "Messages accepted.", ("class",))
OUTBOX_ENDED: Final = Family(
    "otppi_outbox_ended_total",
    "counter",
    "Messages that came to an end state; one that was sent and then reported on counts for both.",
    ("class", "state"),
)
OUTBOX_DUPLICATES: Final = Family(
    "otppi_outbox_duplicates_total", "counter", "Requests that got the answer of an earlier one.", ("kind",)
)
OUTBOX_DOUBTS: Final = Family(
    "otppi_outbox_doubts_total", "counter", "Segments whose outcome became unknown (edge j).", ("class",)
)
OUTBOX_RESENT: Final = Family(
    "otppi_outbox_resent_total", "counter", "Segments in doubt that were sent round again (edges k and o).", ("class",)
)
OUTBOX_RETRIED: Final = Family(
    "otppi_outbox_retried_total", "counter", "Segments that were refused and go to a modem again (edge g).", ("class",)
)
OUTBOX_FIRST_OCTET: Final = Family(
    "otppi_outbox_first_octet_seconds",
    "histogram",
    "From acceptance to the first AT octet of its first send.",
    ("class",),
    SENDING,
)
OUTBOX_SENT: Final = Family(
    "otppi_outbox_sent_seconds", "histogram", "From acceptance until all of it was sent.", ("class",), SENDING
)
ACCOUNT_ACCEPTED: Final = Family(
    "otppi_account_accepted_total", "counter", "Messages accepted; only with metrics.accounts.", ("account", "class")
)
ACCOUNT_ENDED: Final = Family(
    "otppi_account_ended_total",
    "counter",
    "Messages that came to an end state; only with metrics.accounts.",
    ("account", "state"),
)

OTP_CREATED: Final = Family("otppi_otp_created_total", "counter", "Codes created.")
OTP_CHECKS: Final = Family(
    "otppi_otp_checks_total",
    "counter",
    "Codes checked, by result: right, wrong, ended, expired, exhausted or limited.",
    ("result",),
)
OTP_RESENT: Final = Family("otppi_otp_resent_total", "counter", "Codes sent once more at the caller's wish.")

HTTP_REQUESTS: Final = Family(
    "otppi_http_requests_total",
    "counter",
    "Requests by path and status; 0 where the client left, other for what is no path of ours.",
    ("path", "status"),
)
HTTP_SECONDS: Final = Family(
    "otppi_http_request_seconds", "histogram", "From the head of a request to its answer.", ("path",), FAST
)
HTTP_IN_FLIGHT: Final = Family("otppi_http_in_flight", "gauge", "Requests being answered now.")
HTTP_REFUSALS: Final = Family(
    "otppi_http_refusals_total", "counter", "Refusals by response code (not 000, not 0000).", ("code",)
)

SUBSCRIBER_UP: Final = Family(
    "otppi_subscriber_connected", "gauge", "1 while the subscriber is connected to its broker.", ("subscriber",)
)
SUBSCRIBER_WAITING: Final = Family(
    "otppi_subscriber_waiting",
    "gauge",
    "Messages kept at the broker because nothing can be promised for them now.",
    ("subscriber",),
)
SUBSCRIBER_TAKEN: Final = Family(
    "otppi_subscriber_taken_total", "counter", "Requests of a broker that were taken and done.", ("subscriber",)
)
SUBSCRIBER_REFUSED: Final = Family(
    "otppi_subscriber_refused_total",
    "counter",
    "Requests of a broker that were refused for good, by response code.",
    ("subscriber", "code"),
)
SUBSCRIBER_LOST: Final = Family(
    "otppi_subscriber_lost_total",
    "counter",
    "Requests that could not be taken, of brokers that keep none.",
    ("subscriber",),
)
SUBSCRIBER_UNANSWERED: Final = Family(
    "otppi_subscriber_unanswered_total",
    "counter",
    "Answers to callback topics that could not be given.",
    ("subscriber",),
)

STORE_COMMITS: Final = Family("otppi_store_commits_total", "counter", "Transactions of the store's writer.")
STORE_COMMIT_SECONDS: Final = Family(
    "otppi_store_commit_seconds", "histogram", "A transaction with all its operations and its sync.", (), FAST
)
STORE_BATCH: Final = Family(
    "otppi_store_batch_operations", "histogram", "Operations that shared a transaction.", (), SIZES
)

PROCESS_MEMORY: Final = Family("process_resident_memory_bytes", "gauge", "Memory in use.")
PROCESS_FILES: Final = Family("process_open_fds", "gauge", "Files, sockets and ports that are open.")
PROCESS_START: Final = Family("process_start_time_seconds", "gauge", "When the process began, in Unix seconds.")
LOOP_LAG: Final = Family(
    "otppi_loop_lag_seconds", "histogram", "How late the event loop was, looked at each second.", (), FAST
)

FAMILIES: Final[tuple[Family, ...]] = tuple(each for each in list(globals().values()) if isinstance(each, Family))
"""Every metric, in the order in which they are written."""
