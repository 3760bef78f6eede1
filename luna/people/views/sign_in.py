"""Getting in: a code from an e-mail or a passkey, then staff's second factor, then as what to act."""

import json
from typing import Any

from allauth.account.internal.flows.login import clear_authentication_records
from allauth.account.models import Login
from allauth.account.views import ConfirmLoginCodeView, RequestLoginCodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.people import access, adapters, sessions
from luna.people.forms.identity import AskForCode, EnterCode, SecondFactor

Type = Authenticator.Type


class SignIn(RequestLoginCodeView):
    """Ask for the address to send a code to. The answer is the same whether anybody has it."""

    form_class = AskForCode
    template_name = "people/sign_in.html"

    def get_form_class(self) -> type[forms.Form]:
        """Return our form."""
        return self.form_class

    def get_authenticated_redirect_url(self) -> str:
        """Send on who is signed in already."""
        return onward(self.request)

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """Show this page again to who mistyped their address, rather than the next one."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Send the code and go to the page that asks for it."""
        # A screen that locked itself still holds how its person proved who they are. Here they prove it anew.
        clear_authentication_records(self.request)
        self.request.session["own_device"] = form.cleaned_data["own_device"]
        try:
            adapters.send_code(self.request, form._user, form.cleaned_data["email"])
        except OSError:
            form.add_error(None, _("We could not send the code just now. Try again in a minute."))
            return self.render_to_response(self.get_context_data(form=form), status=503)
        return redirect(self.get_success_url())

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Show what to mend."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


class EnterSignInCode(ConfirmLoginCodeView):
    """Ask for the code, in the browser that asked for it."""

    form_class = EnterCode
    template_name = "people/code.html"

    def get_form_class(self) -> type[forms.Form]:
        """Return our form."""
        return self.form_class

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the code, unless this browser tried too many."""
        if adapters.may_try_code(request):
            return super().post(request, *args, **kwargs)
        self._process.abort()
        messages.error(request, _("That was too many tries. Wait a few minutes, then ask for a new code."))
        return self._start_again()

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Count the try, and show what to mend or where to start again."""
        response = super().form_invalid(form)
        if response.status_code == 302:
            return self._start_again()
        response.status_code = 422
        return response

    def _start_again(self) -> HttpResponse:
        """Go to where a new code is sent from: for who is invited that is only their invitation."""
        is_invited = next_url(self.request) == reverse("invitation-accept")
        return redirect("invitation" if is_invited else "account_login")


class SignInByPasskey(LoginWebAuthnView):
    """Sign in with a passkey: the browser asks for its question by GET, and posts the answer."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Sign the owner of the passkey in."""
        passkey = form.cleaned_data["credential"]
        self.request.session["own_device"] = "own_device" in self.request.POST
        login = Login(user=passkey.user, redirect_url=next_url(self.request) or None)
        return perform_passwordless_login(self.request, passkey, login)


sign_in = access.public(SignIn.as_view())
code = access.public(EnterSignInCode.as_view())
passkey = access.public(SignInByPasskey.as_view())


@access.person(second_factor=False)
@access.leaves_no_trace
@never_cache
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask staff for their second factor, or lead them to set one up."""
    user = request.user
    if not access.lacks_second_factor(request):
        return redirect(onward(request))
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if not kinds & {Type.TOTP, Type.WEBAUTHN}:
        return render(request, "people/second_set_up.html", {"next": next_url(request)})
    by_code = SecondFactor(user=user, data=request.POST if "code" in request.POST else None)
    by_passkey = ReauthenticateWebAuthnForm(
        user=user, data=request.POST if "credential" in request.POST else None
    )
    used = next((form for form in (by_code, by_passkey) if form.is_bound and form.is_valid()), None)
    if used is not None:
        used.save()
        request.session["second_factor"] = request.now.isoformat()
        if used is by_passkey:
            request.session["fresh_at"] = request.now.isoformat()
        return redirect(onward(request))
    context = {
        "form": by_code if Type.TOTP in kinds else None,
        "passkey_failed": bool(by_passkey.errors),
        "options": passkey_options(user),
        "next": next_url(request),
    }
    return render(request, "people/second.html", context, status=422 if request.method == "POST" else 200)


@access.person(second_factor=False)
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send a person to their first page."""
    return redirect(onward(request))


@access.person()
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Ask as what a person with several capacities wants to act."""
    found = access.capacities(request.user)
    if request.method == "POST" and request.POST.get("capacity") in dict(found):
        sessions.act_as(request.session, request.POST["capacity"])
        return redirect(onward(request))
    context = {
        "capacities": found,
        "current": request.session.get("capacity", ""),
        "next": next_url(request),
    }
    return render(request, "people/choose.html", context)


@access.person()
@never_cache
@require_http_methods(["GET", "POST"])
def typed(request: HttpRequest) -> HttpResponse:
    """Show what was typed when the sign-in ended, to send it now; a POST throws it away."""
    kept = sessions.typed(request.session, user_id=request.user.pk, now=request.now)
    if kept is None or request.method == "POST":
        sessions.forget_typed(request.session)
        return redirect(onward(request))
    sessions.act_as(request.session, kept.capacity)
    context = {"heading": _("Signed in again"), "to": kept.to, "typed": kept.fields, "discard": True}
    return render(request, "people/send_again.html", context)


@access.public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here."""
    logout(request)
    messages.info(request, _("You are signed out."))
    return redirect("account_login")


HOMES = {"staff": "/clinic", "therapist": "/therapy"}  # patients and caretakers begin with Now


def onward(request: HttpRequest) -> str:
    """Return where a signed-in person goes now: to what is still missing, else on, else home."""
    if access.lacks_second_factor(request):
        return _with_next("/sign-in/second", request)
    typed = sessions.typed(request.session, user_id=request.user.pk, now=request.now)
    if typed is not None:
        return "/me/typed"
    if access.viewer_or_none(request) is None:
        found = access.capacities(request.user)
        if len(found) != 1:
            return _with_next("/choose", request)
        sessions.act_as(request.session, found[0][0])
    wanted = next_url(request)
    if wanted:
        return wanted
    if _should_ask_for_pin(request):
        request.session["pin_asked"] = True
        return "/me/pin"
    kind = str(request.session.get("capacity", "")).partition(":")[0]
    return HOMES.get(kind, "/now")


def next_url(request: HttpRequest) -> str:
    """Return where the person was going, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def send_again(request: HttpRequest, heading: str) -> HttpResponse | None:
    """Offer to send the form that met the page which asked for something first; None where there was none.

    heading: that it was given.
    """
    try:
        typed = json.loads(request.POST.get("kept", ""))
    except ValueError:
        return None
    to = request.POST.get("to", "")
    if not isinstance(typed, dict) or not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return None
    context = {"heading": heading, "to": to, "typed": typed, "discard": False}
    return render(request, "people/send_again.html", context)


def passkey_options(user: Any) -> dict[str, Any] | None:
    """Return the question a passkey of this person answers, or None if they have none."""
    if not Authenticator.objects.filter(user=user, type=Type.WEBAUTHN).exists():
        return None
    return webauthn.begin_authentication(user)


def _should_ask_for_pin(request: HttpRequest) -> bool:
    """Say whether to offer a PIN: once, to who may set one now and has no passkey in its place."""
    if request.user.pin or request.session.get("pin_asked") or not access.is_fresh(request):
        return False
    return not Authenticator.objects.filter(user=request.user, type=Type.WEBAUTHN).exists()


def _with_next(path: str, request: HttpRequest) -> str:
    wanted = next_url(request)
    return f"{path}?{urlencode({'next': wanted})}" if wanted else path
