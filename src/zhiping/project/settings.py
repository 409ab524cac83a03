"""Django settings, from ZHIPING_* variables and the data folder."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from zhiping.accounts import password_profiles
from zhiping.secret_file import made_once


def data_folder() -> Path:
    """Return the folder for database, keys and files: ZHIPING_DATA, else ./zhiping-data."""
    return Path(os.environ.get("ZHIPING_DATA", "zhiping-data")).resolve()


def _secret() -> str:
    """Return the key that signs cookies: ZHIPING_SECRET_KEY, else one generated once in the data folder."""
    given = os.environ.get("ZHIPING_SECRET_KEY")
    return given or made_once(data_folder() / "secret.key", lambda: secrets.token_urlsafe(50))


def database(address: str) -> dict[str, Any]:
    """Return Django's settings for a postgresql:// address, or for the SQLite file of the data folder."""
    if address:
        parts = urlsplit(address)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(dict(parse_qsl(parts.query)).get("host", parts.hostname or "")),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": True,  # PostgreSQL plans cursors for a few rows, but all are read
            "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
        }
    # With SQLite's own 2 MB a list of experts reads the same pages of the file again and again.
    pragmas = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA foreign_keys=ON; "
    pragmas += "PRAGMA cache_size=-8000;"
    return {
        "ENGINE": "zhiping.project.sqlite",
        "NAME": data_folder() / "zhiping.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": pragmas},
    }


def _owner_database(address: str) -> dict[str, Any] | None:
    """Return the connection of the database's owner for migrations; None: the server's own."""
    return database(address) if address else None


def _mail(address: str) -> dict[str, str]:
    """Return the parts of smtp://user:password@host:port?tls=starttls|ssl|no&from=address; else no mail."""
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    tls = asked.get("tls", "ssl" if parts.port == 465 else "starttls")
    user = unquote(parts.username or "")
    return {
        "host": parts.hostname or "",
        "port": str(parts.port or (465 if tls == "ssl" else 587)),
        "user": user,
        "password": unquote(parts.password or ""),
        "tls": tls,
        "sender": asked.get("from") or (user if "@" in user else f"zhiping@{parts.hostname}"),
    }


def s3(address: str) -> dict[str, Any]:
    """Return Django's settings for https://key:secret@host:port/bucket?region=name."""
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - slow to load, and few have S3

    parts = urlsplit(address)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "endpoint_url": f"{parts.scheme}://{host}",
            "bucket_name": parts.path.strip("/"),
            "region_name": dict(parse_qsl(parts.query)).get("region", "us-east-1"),
            "addressing_style": "path",
            "file_overwrite": True,  # a name is the hash of the content
            "querystring_auth": False,
            "transfer_config": TransferConfig(multipart_threshold=64 * 2**20, use_threads=False),
        },
    }


SECRET_KEY = _secret()
SECRET_FILE = None if os.environ.get("ZHIPING_SECRET_KEY") else data_folder() / "secret.key"
CHECKPOINT_KEY = os.environ.get("ZHIPING_CHECKPOINT_KEY", "")
DATA_FOLDER = data_folder()
CHECKPOINT_KEY_FILE = Path(os.environ.get("ZHIPING_CHECKPOINT_KEY_FILE", DATA_FOLDER / "checkpoint.key"))
MEDIA_ROOT = DATA_FOLDER / "files"
DEBUG = False
ADDRESS = os.environ.get("ZHIPING_ADDRESS", "http://127.0.0.1:8000").rstrip("/")
SECURE = ADDRESS.startswith("https://")
ALLOWED_HOSTS = [urlsplit(ADDRESS).hostname or "", "127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [ADDRESS]
DATABASES = {"default": database(os.environ.get("ZHIPING_DATABASE", ""))}
OWNER_DATABASE = _owner_database(os.environ.get("ZHIPING_OWNER_DATABASE", ""))
POSTGRES_TOOLS = os.environ.get("ZHIPING_POSTGRES_TOOLS", "")  # the folder of pg_dump, pg_restore, psql

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "rules.apps.AutodiscoverRulesConfig",
    "zhiping.web",
    "zhiping.ledger",
    "zhiping.accounts",
    "zhiping.notices",
    "zhiping.registry",
    "zhiping.rubrics",
    "zhiping.experts",
    "zhiping.evaluations",
    "zhiping.panels",
    "zhiping.visits",
    "zhiping.evidence",
    "zhiping.scoring",
    "zhiping.reporting",
    "zhiping.improvement",
    "zhiping.archive",
    "zhiping.dossier",
    "zhiping.public",
    "zhiping.desk",
    "zhiping.finding",
    "zhiping.insights",
    "zhiping.operations",
    "zhiping.project",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.forms",  # after ours, as allauth is: our templates of widgets come first
]

MIDDLEWARE = [
    "zhiping.project.logs.requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zhiping.web.middleware.compressed",
    "zhiping.web.middleware.content_security",
    "zhiping.web.middleware.bounded",
    "zhiping.web.middleware.without_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "zhiping.web.texts.one_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "zhiping.accounts.middleware.time_out",
    "zhiping.accounts.middleware.sign_in_required",
    "zhiping.accounts.middleware.obligations",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zhiping.project.errors.refusals",
]

ROOT_URLCONF = "zhiping.project.urls"
WSGI_APPLICATION = "zhiping.project.wsgi.application"
FORM_RENDERER = "zhiping.web.widgets.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["zhiping.web.templatetags.web", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhiping.project.frame.frame",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["zhiping.accounts.adapter.SignIn"]
PROFILE = password_profiles.PROFILES[os.environ.get("ZHIPING_PASSWORD_PROFILE", "standard")]
AUTH_PASSWORD_VALIDATORS = password_profiles.validators(PROFILE)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:desk"

# Roles that require a second factor: none on a laptop; on a network, those with power over others.
REQUIRE_MFA = frozenset(
    filter(None, os.environ.get("ZHIPING_REQUIRE_MFA", "administrator,auditor" if SECURE else "").split(","))
)
# Rate limits of all processes, in a table: an installation has a database, but may have no cache server.
# Beyond the most entries a third is deleted, counters of attempts too: names made up must not reach it.
CACHES = {
    "public": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "public"},  # pages
    "default": {
        "BACKEND": "zhiping.accounts.counted.Counted",
        "LOCATION": "accounts_counted",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
PROXIES = int(os.environ.get("ZHIPING_PROXIES", "0"))  # each adds to X-Forwarded-For
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
ACCOUNT_ADAPTER = "zhiping.accounts.adapter.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# An account allows five failures in five minutes to strangers together, and five to each browser that has
# signed in with it before, for which the limits of an IP address do not count: offices share one, and without
# a number of proxies all visitors do. Invitations: links that do not exist.
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_address": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "login_known": "5/5m/key",
    "invitation": "20/m/ip",
    "feedback": "10/m/ip,200/d/ip",
    "verify": "30/m/ip",
}
ACCOUNT_FORMS = {
    name: f"zhiping.accounts.sign_in.{form}"
    for name, form in {
        "login": "Login",
        "change_password": "ChangePassword",
        "reset_password": "ResetPassword",
        "reset_password_from_key": "ResetPasswordFromKey",
        "reauthenticate": "Reauthenticate",
    }.items()
}
MFA_ADAPTER = "zhiping.accounts.adapter.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # browsers allow it on localhost only
MFA_FORMS = {
    name: f"zhiping.accounts.sign_in.{form}"
    for name, form in {
        "authenticate": "Authenticate",
        "reauthenticate": "ReauthenticateByCode",
        "activate_totp": "ActivateApp",
        "add_webauthn": "AddKey",
        "edit_webauthn": "RenameKey",
    }.items()
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "zhiping_language"
TIME_ZONE = os.environ.get("ZHIPING_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

PUBLIC = os.environ.get("ZHIPING_PUBLIC") == "1"  # pages with announced results
UPLOADS = DATA_FOLDER / "uploads"  # files that are still arriving
EVIDENCE = DATA_FOLDER / "evidence"  # files handed in, unless they are in S3
EVIDENCE_QUOTA = int(os.environ.get("ZHIPING_EVIDENCE_QUOTA", "2048"))  # MiB of the files of one evaluation
S3 = os.environ.get("ZHIPING_S3", "")
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "evidence": s3(S3) if S3 else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
}
IMPORTS = DATA_FOLDER / "imports"  # spreadsheets between upload and confirmation
PRESENCE = DATA_FOLDER / "present"  # who has the page of a deliberation open
STATIC_URL = "/static/"
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\."  # file names contain a hash of the content
STATIC_ROOT = Path(__file__).parents[1] / "web" / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20

SESSION_ENGINE = "zhiping.accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = password_profiles.WHOLE * 60
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
X_FRAME_OPTIONS = "DENY"

TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default"],
        "ENQUEUE_ON_COMMIT": False,
    }
}

MAIL = _mail(os.environ.get("ZHIPING_EMAIL", ""))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL['host'] else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = MAIL["host"], int(MAIL["port"])
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL["user"], MAIL["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL["tls"] == "starttls", MAIL["tls"] == "ssl"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL["sender"]
PAGES = {  # URLs of later apps to which earlier ones link, by what they show
    "platform": "dossier:platform",
    "expert": "dossier:expert",
    "programme": "dossier:programme",
    "evaluation": "dossier:evaluation",
    "result": "scoring:result",
    "papers-after": "scoring:papers",
    "report": "reporting:report",
    "verify": "public:verify",
    "results": "public:results",
    "announcement": "public:announcement",
    "search": "finding:search",
    "improvement": "improvement:improvement",
    "record": "archive:record",
    "draw-trip": "panels:draw-trip",
    "ask-bundle": "visits:ask-bundle",
    "make-papers": "visits:make-papers",
    "papers": "visits:papers",
    "evidence": "evidence:evidence",
    "inbox": "notices:inbox",
    "me": "accounts:me",
    "jobs": "operations:overview",
    "checks": "operations:checks",
}
SEEN_ON_SITE = "zhiping.evidence.queries.seen_on_site"  # papers of visits contain it
CONCLUDED = "zhiping.scoring.queries.files.concluded"  # papers of a whole programme contain it
IMPROVED = "zhiping.improvement.queries.papers.improved"  # likewise
REPORT_TEXT = "zhiping.reporting.queries.report.report_text"  # papers after the result contain it
EVENTS_FOR_WEBHOOKS = "zhiping.operations.stages.EVENTS"  # imported when used: stages need the apps loaded
WEBHOOK_PRIVATE = os.environ.get("ZHIPING_WEBHOOK_PRIVATE") == "1"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "zhiping.project.logs.Line"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "zhiping": {"level": os.environ.get("ZHIPING_LOG", "INFO").upper()},
        "django.server": {"handlers": [], "propagate": True},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
    },
}
