"""How we reach you: a person's number, which ways may be used, in which order, and quiet hours."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from luna.notices import forms
from luna.notices import reach as actions
from luna.notices.channels import ChannelError, push, sms, voice
from luna.notices.models import Reach
from luna.people import access, adapters, codes, plans
from luna.people.errors import Refused

CODE = "new_mobile"  # what the browser's session keeps of a number that is not confirmed yet
TOO_OFTEN = _("That was too many codes. Wait a few minutes, then ask for a new one.")


@access.person()
@never_cache
@require_http_methods(["GET", "POST"])
def reach(request: HttpRequest) -> HttpResponse:
    """Show how somebody is reached, and change it."""
    stands = actions.of(request.user)
    form = forms.Choices(request.POST if request.method == "POST" else None, reach=stands)
    if request.method == "POST" and form.is_valid():
        try:
            _choose(request, form, stands)
        except Refused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("reach")
    context = {
        "form": form,
        "places": [form[f"place_{name}"] for name in form.names if f"place_{name}" in form.fields],
        "stands": stands,
        "user": request.user,
        "country": _country(request),
        "writes": sms.is_there(),
        "calls": voice.is_there(),
        "push": push.switch(request.user, request.session),
    }
    return render(request, "notices/reach.html", context, status=422 if form.errors else 200)


@access.person(fresh=True)
@require_http_methods(["GET", "POST"])
def number(request: HttpRequest) -> HttpResponse:
    """Ask for a number, and send a code there."""
    if not sms.is_there():
        return redirect("reach")
    form = forms.Number(request.POST or None, country=_country(request))
    if request.method == "POST" and form.is_valid():
        plans.check_page_may_sign(request.user, request.now)
        to = form.cleaned_data["mobile"]
        if not (adapters.may_text(request) and adapters.may_ask(request, to)):
            form.add_error("mobile", TOO_OFTEN)
        elif _sent(request, to, voice=form.cleaned_data["voice"]):
            return redirect("reach-code")
        else:
            form.add_error("mobile", _("We could not send a code there. Look at the number, or try later."))
    context = {"form": form, "calls": voice.is_there()}
    return render(request, "notices/reach_number.html", context, status=422 if form.errors else 200)


@access.person(fresh=True)
@access.leaves_no_trace
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that went to the number; then it is theirs."""
    kept = request.session.get(CODE)
    if kept is None:
        return redirect("reach-number")
    form = forms.NumberCode(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer, after = codes.check(kept, form.cleaned_data["code"], request.now)
        request.session[CODE] = after
        if answer is codes.Answer.OVER or not adapters.may_try_code(request):
            del request.session[CODE]
            messages.error(request, _("That code no longer works. Ask for a new one."))
            return redirect("reach-number")
        if answer is codes.Answer.WRONG:
            form.add_error("code", _("That is not the code we sent. Look at the newest text message."))
        elif _confirmed(request, form):
            return redirect("reach")
    context = {"form": form, "mobile": kept["subject"], "country": _country(request)}
    return render(request, "notices/reach_code.html", context, status=422 if form.errors else 200)


@access.person()
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Take the number away. Always possible, and asks for nothing: it only narrows."""
    if actions.forget_number(request.user, now=request.now):
        said = _("Your number is taken away. We told it so, and nothing more is sent to it.")
    else:
        said = _("Your number is taken away. Nothing more is sent to it.")
    messages.success(request, said)
    return redirect("reach")


def _choose(request: HttpRequest, form: forms.Choices, stands: Reach) -> None:
    actions.choose(
        request.user,
        sms=form.cleaned_data.get("sms", stands.writes),
        voice=form.cleaned_data.get("voice", stands.voice_at is not None),
        order=form.order,
        quiet=form.quiet,
        version=form.cleaned_data["version"],
        now=request.now,
    )


def _sent(request: HttpRequest, to: str, *, voice: bool) -> bool:
    """Send a code to a number and keep what checks it; return whether it was taken."""
    digits, kept = codes.make(to, request.now)
    try:
        sms.code(to, digits)
    except ChannelError:
        return False
    request.session[CODE] = kept | {"voice": voice}
    return True


def _confirmed(request: HttpRequest, form: forms.NumberCode) -> bool:
    kept = request.session[CODE]
    try:
        actions.set_number(request.user, kept["subject"], voice=kept["voice"], now=request.now)
    except OSError:
        form.add_error(None, _("We could not send the mail about this change, so nothing was changed."))
        return False
    del request.session[CODE]
    messages.success(request, _("Your number is saved."))
    return True


def _country(request: HttpRequest) -> str:
    """Return the country whose way of writing numbers is meant: that of the clinic they act at."""
    viewer = access.viewer_or_none(request)
    return viewer.clinic.country if viewer else "US"
