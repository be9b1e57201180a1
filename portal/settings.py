"""All settings. Nothing set: the embedded portal in var/. Production: by environment, see .env.example."""

from pathlib import Path
from typing import Any

from celery.schedules import crontab

from portal import environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = environment.private_folder(Path(environment.ENV.str("VAR_DIR", default=str(BASE_DIR / "var"))))
REDIS_URL = environment.address("REDIS_URL", {"redis", "rediss"})
DATABASES = {"default": environment.database(VAR_DIR)}
EMBEDDED = DATABASES["default"]["ENGINE"].endswith("sqlite3")

DEBUG = False
SECRET_KEY = environment.secret_key(VAR_DIR, EMBEDDED)
environment.required("ALLOWED_HOSTS", EMBEDDED)
environment.required("SITE_URL", EMBEDDED)
environment.required("REDIS_URL", EMBEDDED)
ALLOWED_HOSTS = environment.words(
    "ALLOWED_HOSTS",
    ["127.0.0.1", "localhost", "[::1]"],
    r"\.?[\w-]+(\.[\w-]+)*|\[[0-9A-Fa-f:]+\]",
    "names such as portal.example.gov, without scheme and port",
)
CSRF_TRUSTED_ORIGINS = environment.words(
    "CSRF_TRUSTED_ORIGINS", [], r"https?://[^/\s]+", "origins such as https://portal.example.gov"
)
HTTPS = environment.flag("HTTPS", default=not EMBEDDED)
# How many proxies of ours stand in front: the caller's address is the one that the outermost of them saw.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 0)
# Where people reach the portal; for links in e-mails that no request asked for.
SITE_URL = environment.address("SITE_URL", {"http", "https"}) or "http://127.0.0.1:8000"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "portal",
    "portal.audit",
    "portal.jobs",
    "portal.notices",
    "portal.search",
    "portal.agencies",
    "portal.access",
    "maturity",
    "casestudies",
    "assessments",
    "dashboards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.nul_bytes.NulByteMiddleware",
    "portal.body_size.BodySizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Deny by default: every page asks for a log-in unless it is marked login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.audit.middleware.AuditContextMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ],
        },
    }
]

# --- people -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.access.adapter.InvitationOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/ip,5/5m/key"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True  # one address for each person; a new one counts once its owner has confirmed it
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before the address or the password of an account changes
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of a changed password, address or second factor
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Maturity Portal: "
ACCOUNT_FORMS = {
    "login": "portal.access.forms_sign_in.LoginForm",
    "add_email": "portal.access.forms_sign_in.AddEmailForm",
    "change_password": "portal.access.forms_sign_in.ChangePasswordForm",
    "reset_password": "portal.access.forms_sign_in.ResetPasswordForm",
    "reset_password_from_key": "portal.access.forms_sign_in.ResetPasswordKeyForm",
    "reauthenticate": "portal.access.forms_sign_in.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "portal.access.forms_sign_in.AuthenticateForm",
    "reauthenticate": "portal.access.forms_sign_in.ReauthenticateByCodeForm",
    "activate_totp": "portal.access.forms_sign_in.ActivateTotpForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# An address given but not confirmed counts for nothing here, so it stands in nobody's way: else a person
# with a second factor could not change theirs.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Maturity Portal"
INVITATION_DAYS = 14

# --- web --------------------------------------------------------------------------------------------
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the platform inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_PERMISSIONS = 0o600

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(environment.ENV.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
REPORTS_DIR = Path(environment.ENV.str("REPORTS_DIR", default=str(VAR_DIR / "reports")))
# Days that the file of a report is kept; a published one can be made again, the same.
REPORT_DAYS = environment.number("REPORT_DAYS", 400, 1)
# Megabytes that one file of evidence may have.
EVIDENCE_FILE_MB = environment.number("EVIDENCE_FILE_MB", 25, 1)
ANSWER_FILE_MB = 25  # with the answers of many agencies
LARGEST_FILE_MB = max(EVIDENCE_FILE_MB, ANSWER_FILE_MB)  # what a request may bring
# What the costs of actions on roadmaps are in.
CURRENCY = environment.text("CURRENCY", "USD", "[A-Z]{3}", "the three letters of a currency, such as USD")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files"},
    },
    # Files of reports: private, and shared by web processes and workers.
    "reports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": REPORTS_DIR,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    # Files of evidence, by checksum; shared by web processes and workers.
    "evidence": environment.evidence_storage(VAR_DIR / "evidence"),
    "staticfiles": {
        # Compressing takes 17 s and saves nothing on this machine's own 127.0.0.1.
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = environment.time_zone("TIME_ZONE", "America/New_York")
USE_I18N = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # Shared by all processes, so that the log-in limits hold for the portal and not per process.
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
    )
}

# --- mail -------------------------------------------------------------------------------------------
EMAIL_FILE_PATH = VAR_DIR / "mail"
if environment.address("EMAIL_URL", {"smtp", "smtps", "smtp+tls", "smtp+ssl"}):
    vars().update(environment.ENV.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = environment.text(
    "DEFAULT_FROM_EMAIL",
    "Maturity Portal <portal@localhost>",
    r"[^<>\s]+@[^<>\s]+|[^<>]*<[^<>\s]+@[^<>\s]+>",
    "an address such as Portal <portal@example.gov>",
)

# --- background work --------------------------------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 30 * 60
# A lost message is no lost work (the stale mark and the job are rows), so publishing never waits long.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"  # its folders are below; the host spares a warning
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": CELERY_TASK_TIME_LIMIT + 15 * 60,  # a running task is never handed out twice
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        # Of a publisher that finds the broker away; workers keep trying by settings of their own.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    }
else:
    _broker = environment.private_folder(VAR_DIR / "broker")
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker),
        "data_folder_out": str(_broker),
        "control_folder": str(environment.private_folder(_broker / "control")),
        "processed_folder": str(_broker / "processed"),
        "store_processed": False,
        "polling_interval": 0.05,
    }
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"dashboards.tasks.refresh_*": {"queue": "trends"}}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "pick up stale marks that no message came for": {
        "task": "dashboards.tasks.refresh_stale",
        "schedule": 15.0,
        "options": {"queue": "trends", "expires": 15},
    },
    "queue lost runs again": {
        "task": "portal.jobs.tasks.requeue_lost",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "re-score history where a scoring rule is new": {
        "task": "assessments.tasks.find_rule_changes",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "make the reminders of rounds that are due": {
        "task": "assessments.tasks.make_due_reminders",
        "schedule": crontab(minute="*/10", hour="7-19"),
        "options": {"expires": 600},
    },
    "send letters of data calls that wait": {
        "task": "assessments.tasks.send_waiting_letters",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "age standings into the new month": {
        "task": "dashboards.tasks.refresh_horizon",
        "schedule": crontab(minute=5, hour=0),
    },
    "make the reports that are due": {
        "task": "dashboards.tasks.make_due_reports",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "drop files of answers that nobody confirmed": {
        "task": "assessments.tasks.drop_answer_files",
        "schedule": crontab(minute=20),
    },
    "remove old files of reports": {
        "task": "dashboards.tasks.remove_old_reports",
        "schedule": crontab(minute=40, hour=3),
    },
    "form the peer groups of what was published": {
        "task": "dashboards.tasks.form_peer_groups",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "e-mail notices at once that no message came for": {
        "task": "portal.notices.tasks.send_at_once",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "tell of what is overdue, before the digests": {
        "task": "dashboards.tasks.tell_overdue",
        "schedule": crontab(minute=0, hour=6),
    },
    "e-mail the daily digests": {
        "task": "portal.notices.tasks.send_digests",
        "schedule": crontab(minute=30, hour=6),
    },
    "bring answers that follow others in line": {
        "task": "assessments.tasks.follow_shared_answers",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "remove old notices": {
        "task": "portal.notices.tasks.remove_old",
        "schedule": crontab(minute=50, hour=3),
    },
    "tell of evidence and exemptions that end": {
        "task": "assessments.tasks.tell_of_ends",
        "schedule": crontab(minute=15, hour=6),
    },
    "remove files of evidence that nothing names": {
        "task": "assessments.tasks.remove_unnamed_files",
        "schedule": crontab(minute=10, hour=4),
    },
    "check every trend against a recomputation": {
        "task": "dashboards.tasks.verify_nightly",
        "schedule": crontab(minute=30, hour=2),
    },
}
# The one place where a lower app names the task of a higher one.
TREND_REFRESH_TASK = "dashboards.tasks.refresh_agency"

# --- search -----------------------------------------------------------------------------------------
# What writes the rows of each app into the index again, from the ground up; see portal.search.services.
SEARCH_WRITERS = [
    "portal.agencies.services_search.write_all",
    "maturity.services_search.write_all",
    "maturity.services_instruments_search.write_all",
    "maturity.services_search_library.write_all",
    "casestudies.services_search.write_all",
]

# --- notices ----------------------------------------------------------------------------------------
# Where each app declares what people are told; in the order of the page on which they choose.
NOTICE_KINDS = [
    "assessments.notice_kinds.KINDS",
    "dashboards.notice_kinds.KINDS",
    "portal.access.notice_kinds.KINDS",
    "portal.jobs.notice_kinds.KINDS",
]
# Who can be written to, and what they may see at that moment; access stands above portal.notices.
NOTICE_READERS = "portal.access.queries_notices.readers"
# Days that a notice is kept.
NOTICE_DAYS = environment.number("NOTICE_DAYS", 180, 1)

# --- API --------------------------------------------------------------------------------------------
API_RATE = environment.text(
    "API_RATE", "1200/min", r"[1-9]\d*/(s|sec|m|min|h|hour|d|day)", "a rate such as 1200/min"
)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.access.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["portal.api.PortalJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.PortalJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "portal.api.PortalCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": API_RATE},
    "EXCEPTION_HANDLER": "portal.api.problem_details",
    "DATETIME_FORMAT": None,  # the renderer writes them, in UTC
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Maturity Portal API",
    "DESCRIPTION": "Agencies, assessments, standings and trends of container adoption.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api_schema.add_problem_details",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ActionStatus": "assessments.models.Action.Status",
        "AnswerLevel": "assessments.serializers.LEVELS",
        "FrozenLevel": "assessments.serializers.FROZEN_LEVELS",
        "AssessmentState": "assessments.models.Assessment.State",
        "CommitmentStatus": "dashboards.models.Commitment.Status",
        "CycleState": "assessments.models.Cycle.State",
        "DecisionKind": "assessments.models.ItemDecision.Kind",
        "DataCallKind": "assessments.models.DataCall.Kind",
        "EvidenceKind": "assessments.models.Evidence.Kind",
        "ExemptionState": "assessments.models.Exemption.State",
        "Independence": "assessments.models.Evidence.Independence",
        "ItemKind": "maturity.models.Item.Kind",
        "LetterState": "assessments.models.Letter.State",
        "RunState": "assessments.models.InstrumentRun.State",
        "SearchKind": "portal.search.models.KIND_CHOICES",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# --- logs -------------------------------------------------------------------------------------------
LOG_LEVEL = environment.text("LOG_LEVEL", "INFO", "DEBUG|INFO|WARNING|ERROR", "DEBUG, INFO, WARNING or ERROR")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # They tell of each step of each PDF.
    "loggers": {name: {"level": "ERROR"} for name in ("weasyprint", "fontTools")},
}
