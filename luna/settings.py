"""Every setting of Luna. What an operator may set is an environment variable, listed in docs/run-it.md."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from luna import keys, logs, sqlite

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = os.environ

# Places
LUNA_DATA = Path(ENV.get("LUNA_DATA") or BASE_DIR / "data").absolute()
LUNA_KEYS = Path(ENV.get("LUNA_KEYS") or LUNA_DATA.with_name(f"{LUNA_DATA.name}-keys")).absolute()
LUNA_TOMBSTONES = Path(ENV.get("LUNA_TOMBSTONES") or LUNA_KEYS / "tombstones.jsonl").absolute()
LUNA_DB_KEY_FILE = Path(ENV["LUNA_DB_KEY_FILE"]).absolute() if ENV.get("LUNA_DB_KEY_FILE") else None
DATABASE_URL = ENV.get("DATABASE_URL", "")

# Addresses. Links in messages are built from LUNA_BASE_URL, never from what a request claims.
PORT = ENV.get("PORT") or "8000"
LUNA_HOST = ENV.get("LUNA_HOST", "")
LUNA_BASE_URL = (ENV.get("LUNA_BASE_URL") or f"http://localhost:{PORT}").rstrip("/")
IS_HTTPS = LUNA_BASE_URL.startswith("https://")
LUNA_PROXIES = ENV.get("LUNA_PROXIES") or ("1" if IS_HTTPS else "0")

# Running
LUNA_WORKERS = ENV.get("LUNA_WORKERS") or "2"
LUNA_HEARTBEAT_URL = ENV.get("LUNA_HEARTBEAT_URL", "")
LUNA_METRICS_TOKEN = ENV.get("LUNA_METRICS_TOKEN", "")
LUNA_AUDIT_EMAIL = ENV.get("LUNA_AUDIT_EMAIL", "")

_KEYS = keys.load(LUNA_KEYS, may_make=bool(DATABASE_URL) or not (LUNA_DATA / "luna.db").exists())
SECRET_KEY = _KEYS.secret
LUNA_MASTER_KEY = _KEYS.master
LUNA_AUDIT_KEY = _KEYS.audit
DEBUG = False
ALLOWED_HOSTS = list(filter(None, {urlsplit(LUNA_BASE_URL).hostname, "localhost", "127.0.0.1", "[::1]"}))
ROOT_URLCONF = "luna.urls"
WSGI_APPLICATION = "luna.wsgi.application"

INSTALLED_APPS = [
    "luna.library",
    "luna.audit",
    "luna.feed",
    "luna.people",
    "luna.notices",
    "luna.escalation",
    "luna.records",
    "luna.consents",
    "luna.intake",
    "luna.treatment",
    "luna.careplan",
    "luna.checkins",
    "luna.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "luna.web.middleware.permissions_policy",
    "luna.people.middleware.Clock",
    "luna.people.middleware.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "luna.web.middleware.NoNul",
    "luna.people.middleware.Idle",
    "luna.people.middleware.SignIn",
    "luna.notices.middleware.opened",
    "luna.web.middleware.method_page",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "luna.web.jinja.environment",
            "context_processors": ["luna.web.context.page"],
        },
    },
    {
        # Only for the pages and e-mails of allauth that Luna does not draw itself.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]
FORM_RENDERER = "django.forms.renderers.Jinja2"

# Database
sqlite.install()
if DATABASE_URL:
    from luna import postgres  # Only here: its driver is large, and one clinic does without.

    DATABASES = {"default": postgres.database(DATABASE_URL)}
else:
    DATABASES = {"default": sqlite.database(LUNA_DATA / "luna.db", LUNA_DB_KEY_FILE)}
CACHES = {
    # The limits on sign-in count across processes, so they must share a cache.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}
}

# Signing in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ALLAUTH_TRUSTED_PROXY_COUNT = int(LUNA_PROXIES) if LUNA_PROXIES.isdigit() else 0
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # The code proves the address each time.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # Such an address gets a mail of ours.
ACCOUNT_ADAPTER = "luna.people.adapters.AccountAdapter"
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "60/m/ip",  # one address may be a whole clinic
    # By device and account together: see luna.people.adapters.
    "code_known_device": "5/10m/key",
    "code_new_device": "5/10m/key",
    "code_new_devices": "30/1h/key",
    "code_try": "25/10m/key",
    "text_code": "5/1h/key",  # by person: each costs the clinic, and may go to a stranger's phone
    "undo": "60/10m/key",  # by place: a secret is far too long to guess, and this keeps the trying cheap
    "pin_device": "5/15m/key",
    "pin": "30/1d/key",
    # A calendar program asks a few times a day; one address may be a whole calendar service.
    "calendar": "600/m/ip",
    "calendar_link": "30/1h/key",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "luna.people.adapters.MFAAdapter"
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_REAUTHENTICATION_REQUIRED = False  # Our own pages ask for the PIN or a passkey first.
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey asks for a face, a finger or a device's PIN
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # Browsers themselves allow this on localhost only.
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "luna.web.views.forbidden"

# Browser's side of security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [LUNA_BASE_URL] if "://" in LUNA_BASE_URL else []
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]  # Asked on loopback, behind the proxy.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # An address is unique whatever its case, which only a constraint can say.
    "security.W005",  # A clinic's other subdomains are not Luna's to promise for,
    "security.W021",  # nor is its place on the browsers' preload list.
]

# Words and times
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
if ENV.get("LUNA_PSEUDO") == "1":
    LANGUAGES.append(("en-xa", "Pseudo"))
LOCALE_PATHS = [BASE_DIR / "luna" / "locale"]

# Files the browser gets
STATIC_URL = "/static/"
STATIC_ROOT = Path(ENV.get("LUNA_STATIC") or BASE_DIR / "static-built").absolute()
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# When somebody is to see less of a patient, each of these does its part in the same transaction, in this
# order: luna.people.actions.narrowing calls them, and lies below the slices they are of.
LUNA_WHEN_NARROWED = (
    "luna.notices.actions.narrowed",
    "luna.records.actions.narrowed",
    "luna.escalation.actions.narrowed",
    "luna.treatment.actions.duty.narrowed",
    "luna.treatment.actions.ride.narrowed",
    "luna.checkins.actions.narrowed",
)

# When a clinic goes over to another zone, each of these follows in the same transaction:
# luna.people.actions.clinic calls them.
LUNA_WHEN_ZONE_CHANGED = ("luna.treatment.actions.rezoning.zone_changed",)

# When whoever was invited says yes or no: the ledger of messages notes that they did.
LUNA_WHEN_ANSWERED = ("luna.notices.actions.answered",)

# When a clinic lets somebody back into their account: whoever had their sign-in may have set what these end.
LUNA_WHEN_RESET = ("luna.notices.reach.reset",)

# What takes away again, after a restore, what is gone of the slices above people: luna.people.tombstones
# calls it with the id and the time of each line of that kind.
LUNA_GONE_AGAIN = {
    "number-gone": "luna.notices.reach.gone_again",
    "number-undone": "luna.notices.reach.undone_again",
}

# What the ledger of messages asks of the slices above it when it sends one: luna.notices.access calls them.
LUNA_BEFORE_SENDING = {
    "is_current": "luna.careplan.sending.is_current",
    "is_hushed": "luna.treatment.sending.is_hushed",
}

# Messages out. Without a mail server, and always in a demo, they go to the folder LUNA_DATA/outbox.
LUNA_SMTP_URL = ENV.get("LUNA_SMTP_URL", "")
LUNA_MAIL_PROVIDER = ENV.get("LUNA_MAIL_PROVIDER", "")
LUNA_MAIL_KEY = ENV.get("LUNA_MAIL_KEY", "")
LUNA_MAIL_HOOK_SECRET = ENV.get("LUNA_MAIL_HOOK_SECRET", "")
EMAIL_BACKEND = "luna.notices.channels.email.connection"
_mail = urlsplit(LUNA_SMTP_URL)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
EMAIL_TIMEOUT = 15
_sender = ENV.get("LUNA_MAIL_FROM") or "luna@localhost"
# A locked phone shows the sender's name, and the address where there is none.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _sender if "<" in _sender else f"Luna <{_sender}>"

# Text messages and calls, by a provider in the shape of Twilio; without it nobody is reached that way.
LUNA_SMS_URL = ENV.get("LUNA_SMS_URL", "")
LUNA_SMS_FROM = ENV.get("LUNA_SMS_FROM", "")
LUNA_VOICE_FROM = ENV.get("LUNA_VOICE_FROM", "")

# Web push: the services of the browsers. A name that begins with a dot stands for all under it.
LUNA_PUSH_HOSTS = (
    ENV.get("LUNA_PUSH_HOSTS")
    or "fcm.googleapis.com updates.push.services.mozilla.com web.push.apple.com .notify.windows.com"
).split()

LOGGING = logs.CONFIG
