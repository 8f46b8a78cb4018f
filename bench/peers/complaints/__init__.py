"""A Django application for complaints whose every change is kept by django-simple-history."""
