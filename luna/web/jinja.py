"""The Jinja2 environment of every page."""

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment, StrictUndefined


def environment(**options) -> Environment:
    """Return the environment; `static` and `url` are known in every template."""
    made = Environment(**options | {"autoescape": True, "undefined": StrictUndefined})
    made.globals.update(static=static, url=reverse)
    made.add_extension("jinja2.ext.i18n")
    return made
