"""Its HTTP interface, as the tutorial of Django REST framework writes one: serializer, view set, router."""
# pyright: reportMissingImports=false, reportIncompatibleVariableOverride=false, reportAttributeAccessIssue=false
# (Django is installed by `python3 run.py bench` alone.)

from __future__ import annotations

from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.urls import include, path

application = get_wsgi_application()

from rest_framework import routers, serializers, viewsets  # noqa: E402 - needs the application

from bench.peers.complaints.models import Complaint  # noqa: E402
from bench.peers.django_history import assert_durable  # noqa: E402


@receiver(connection_created)
def _each_connection(connection: Any, **_: object) -> None:
    """The comparison is only fair when none is quicker because it promises less."""
    assert_durable(connection)


class ComplaintSerializer(serializers.ModelSerializer):
    """All of its fields."""

    class Meta:
        model = Complaint
        fields = ("id", "site", "channel", "description", "last_contact", "received_at")


class Complaints(viewsets.ModelViewSet):
    """POST makes one; the history is kept with it, in one transaction."""

    queryset = Complaint.objects.all()
    serializer_class = ComplaintSerializer


router = routers.SimpleRouter()
router.register("complaints", Complaints)
urlpatterns = [path("", include(router.urls))]
