"""Django's settings, as its documentation recommends for production; the database is in BENCH_DATABASE."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit


def _database(place: str) -> dict[str, Any]:
    if "://" not in place:
        durable = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
        return {
            "ENGINE": "django.db.backends.sqlite3", "NAME": place, "ATOMIC_REQUESTS": True, "CONN_MAX_AGE": None,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 60, "init_command": durable},
        }  # fmt: skip
    url = urlsplit(place)
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "HOST": url.hostname, "PORT": url.port,
        "USER": unquote(url.username or ""), "PASSWORD": unquote(url.password or ""), "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": None,  # persistent connections, one for each thread
    }  # fmt: skip


DATABASES = {"default": _database(os.environ["BENCH_DATABASE"])}
DEBUG = False
SECRET_KEY = "for a benchmark on loopback"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "bench.peers.complaints.api"
WSGI_APPLICATION = "bench.peers.complaints.api.application"
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "rest_framework.authtoken", "simple_history",
    "bench.peers.complaints",
]  # fmt: skip
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "authtoken"))  # tables are made at once, as for tests
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
