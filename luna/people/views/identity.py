"""A person's own account: name, PIN, passkeys, authenticator app, address, devices."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.people import access, adapters, codes, mails, plans, sessions
from luna.people.actions import address
from luna.people.actions import identity as actions
from luna.people.errors import Refused
from luna.people.forms import identity as forms
from luna.people.models import ContactChange, User
from luna.people.views.sign_in import next_url, passkey_options, send_again

Type = Authenticator.Type


@access.person()
@never_cache
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """Show a person their account."""
    kinds = list(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "user": request.user,
        "passkeys": kinds.count(Type.WEBAUTHN),
        "has_app": Type.TOTP in kinds,
        "can_choose": len(access.capacities(request.user)) > 1,
        "own_device": bool(request.session.get("own_device")),
        "devices": _devices(request),
        "zone": _zone(request),
        "hours": _hours(request),
        "now": request.now,
    }
    return render(request, "people/me.html", context)


@access.person()
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Change name, time zone and language."""
    user = request.user
    stands = {"name": user.name, "zone": user.zone, "language": user.language, "version": user.version}
    form = forms.Profile(request.POST or None, initial=stands)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.update_profile(user, **form.cleaned_data, now=request.now)
        except Refused as refusal:
            form.add_error(refusal.field or None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            response = redirect("me")
            adapters.remember_language(response, saved.language)
            return response
    return _page(request, "people/profile.html", {"form": form, "stands": stands})


@access.person()
@require_POST
def own_device(request: HttpRequest) -> HttpResponse:
    """Say whether this phone or computer is the person's own."""
    is_own = request.POST.get("own_device") == "yes"
    if is_own and access.shares_phone(request.user):
        told = _("You said that others use your phone too. Change that first, under how you help.")
        messages.error(request, told)
        return redirect("me")
    sessions.own_device(request.session, is_own)
    messages.success(request, _("Saved."))
    return redirect("me")


@access.person()
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    actions.end_other_sessions(request, request.user, now=request.now)
    messages.success(request, _("Every other device is signed out."))
    return redirect("me")


@access.person(second_factor=False)
@never_cache
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Ask for the PIN or a passkey, then go on; what was typed on a locked page comes back."""
    user = request.user
    form = forms.Unlock(request.POST if {"pin", "clinic_code"} & set(request.POST) else None, user=user)
    by_passkey = ReauthenticateWebAuthnForm(
        user=user, data=request.POST if "credential" in request.POST else None
    )
    by_app = _app_form(request)
    tried = [one for one in (form, by_passkey, by_app) if one is not None and one.is_bound]
    used = next((one for one in tried if one.is_valid()), None)
    if used is not None:
        return _unlocked(request, is_fresh=used is not by_app)
    context = {
        "form": form,
        "app": by_app,
        "passkey_failed": bool(by_passkey.errors),
        "options": passkey_options(user),
        "is_locked": getattr(request, "is_locked", False),
        "next": next_url(request),
        "to": request.POST.get("to", ""),
        "kept": request.POST.get("kept", ""),
    }
    return _page(request, "people/unlock.html", context, failed=bool(tried))


unlock.opens_lock = True  # type: ignore[attr-defined]


@access.person(fresh=True)
@access.leaves_no_trace
@require_http_methods(["GET", "POST"])
def pin(request: HttpRequest) -> HttpResponse:
    """Choose a PIN, or another one."""
    form = forms.ChoosePin(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_pin(request.user, form.cleaned_data["pin"], now=request.now)
        messages.success(request, _("Your PIN is set."))
        return redirect(next_url(request) or "start")
    return _page(request, "people/pin.html", {"form": form, "user": request.user, "next": next_url(request)})


@access.person(fresh=True, second_factor=False)
@access.leaves_no_trace
@never_cache
@require_http_methods(["GET", "POST"])
def passkeys(request: HttpRequest) -> HttpResponse:
    """List the passkeys and add one."""
    _must_not_bypass(request)
    form = forms.AddPasskey(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        had_factor = _has_factor(request.user)
        typed = {name: form.cleaned_data[name] for name in ("name", "credential")}
        actions.add_passkey(request, request.user, **typed, now=request.now)
        _proved(request)
        messages.success(request, _("Your passkey is added."))
        return redirect("passkeys" if had_factor else "recovery")
    context = {
        "form": form,
        "options": webauthn.begin_registration(request.user, passwordless=True),
        "passkeys": Authenticator.objects.filter(user=request.user, type=Type.WEBAUTHN).order_by("id"),
        "zone": _zone(request),
        "hours": _hours(request),
        "now": request.now,
    }
    return _page(request, "people/passkeys.html", context)


@access.person(fresh=True)
@require_POST
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Remove one of the person's own passkeys."""
    found = get_object_or_404(Authenticator, pk=passkey_id, user=request.user, type=Type.WEBAUTHN)
    actions.remove_passkey(request, request.user, found, now=request.now)
    messages.success(request, _("The passkey is removed."))
    return redirect("passkeys")


@access.person(fresh=True, second_factor=False)
@access.leaves_no_trace
@never_cache
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app, or show that there is one."""
    _must_not_bypass(request)
    if Authenticator.objects.filter(user=request.user, type=Type.TOTP).exists():
        return render(request, "people/app_on.html")
    secret = _pending_secret(request)
    form = forms.TurnOnApp(request.POST or None, user=request.user, secret=secret)
    if request.method == "POST" and form.is_valid():
        actions.add_app(request, request.user, form, now=request.now)
        del request.session["app_secret"]
        _proved(request)
        messages.success(request, _("Your authenticator app is set up."))
        return redirect("recovery")
    return _page(request, "people/app.html", {"form": form, "secret": secret})


@access.person(fresh=True, second_factor=False)
@never_cache
@require_GET
def app_image(request: HttpRequest) -> HttpResponse:
    """Draw the square code of the app being set up."""
    if "app_secret" not in request.session:
        raise Http404
    adapter = adapters.MFAAdapter()
    url = adapter.build_totp_url(request.user, _pending_secret(request))
    return HttpResponse(adapter.build_totp_svg(url), content_type="image/svg+xml")


@access.person(fresh=True)
@require_POST
def remove_app(request: HttpRequest) -> HttpResponse:
    """Remove the authenticator app."""
    found = get_object_or_404(Authenticator, user=request.user, type=Type.TOTP)
    actions.remove_app(request, request.user, found, now=request.now)
    messages.success(request, _("The authenticator app is removed."))
    return redirect("me")


@access.person(fresh=True)
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the recovery codes that are left, or make new ones."""
    if request.method == "POST":
        actions.new_recovery_codes(request, request.user, now=request.now)
        return redirect("recovery")
    found = get_object_or_404(Authenticator, user=request.user, type=Type.RECOVERY_CODES)
    return render(request, "people/recovery.html", {"codes": found.wrap().get_unused_codes()})


@access.person(fresh=True)
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Ask for another address to sign in with, and send a code there."""
    form = forms.NewEmail(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        plans.check_page_may_sign(request.user, request.now)
        to = form.cleaned_data["email"]
        number, request.session["new_email"] = codes.make(to, request.now)
        try:
            if address.may_use(to, user=request.user):
                mails.new_address(to, number)
            else:
                mails.address_in_use(to)
        except OSError:
            form.add_error(None, _("We could not send the code just now. Try again in a minute."))
        else:
            return redirect("email-code")
    return _page(request, "people/email.html", {"form": form, "user": request.user})


@access.person(fresh=True)
@access.leaves_no_trace
@require_http_methods(["GET", "POST"])
def email_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that went to the new address, then change to it."""
    kept = request.session.get("new_email")
    if kept is None:
        return redirect("email")
    form = forms.NewEmailCode(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer, request.session["new_email"] = codes.check(kept, form.cleaned_data["code"], request.now)
        if answer is codes.Answer.OVER or not adapters.may_try_code(request):
            del request.session["new_email"]
            messages.error(request, _("That code no longer works. Ask for a new one."))
            return redirect("email")
        if answer is codes.Answer.WRONG:
            form.add_error("code", _("That is not the code we sent. Look at the newest e-mail."))
        elif _changed(request, form, kept["subject"]):
            return redirect("me")
    return _page(request, "people/email_code.html", {"form": form, "email": kept["subject"]})


@access.public
@require_GET
def undo_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep the link in the browser and go to a page whose address tells nothing."""
    change = address.change_of(secret, now=request.now)
    request.session["undo"] = change.id.hex if change else ""
    return redirect("undo-email")


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def undo_email(request: HttpRequest) -> HttpResponse:
    """Ask whether to put the old address back, and do it."""
    kept = request.session.get("undo")
    change = ContactChange.objects.filter(id=UUID(kept)).first() if kept else None
    if change is None or change.undone_at is not None or change.undo_until <= request.now:
        return render(request, "people/undo_over.html", status=404)
    if request.method == "GET":
        return render(request, "people/undo.html", {"change": change, "refused": None})
    try:
        address.undo_email(change, now=request.now)
    except Refused as refusal:
        return render(request, "people/undo.html", {"change": change, "refused": refusal}, status=422)
    del request.session["undo"]
    return render(request, "people/undone.html", {"change": change})


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, failed: bool = True
) -> HttpResponse:
    """Draw a page; after a POST it says that something has to be mended first."""
    return render(request, template, context, status=422 if request.method == "POST" and failed else 200)


def _unlocked(request: HttpRequest, *, is_fresh: bool) -> HttpResponse:
    request.session["seen_at"] = request.now.isoformat()
    if is_fresh:
        request.session["fresh_at"] = request.now.isoformat()
    return send_again(request, _("Unlocked")) or redirect(next_url(request) or "start")


def _app_form(request: HttpRequest) -> forms.SecondFactor | None:
    """Return the form for a code of the authenticator app: it opens a lock, but nothing private."""
    has_app = Authenticator.objects.filter(user=request.user, type=Type.TOTP).exists()
    if not getattr(request, "is_locked", False) or not has_app:
        return None
    return forms.SecondFactor(user=request.user, data=request.POST if "code" in request.POST else None)


def _must_not_bypass(request: HttpRequest) -> None:
    """Let staff set up a first second factor on their way in, but not another beside the one they have."""
    if access.lacks_second_factor(request) and _has_factor(request.user):
        raise access.NotSignedIn


def _has_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user).exists()


def _proved(request: HttpRequest) -> None:
    """Note that the person just proved to have what they set up."""
    request.session["second_factor"] = request.session["fresh_at"] = request.now.isoformat()


def _pending_secret(request: HttpRequest) -> str:
    """Return the secret of the app being set up, kept sealed in the session until it is."""
    if "app_secret" not in request.session:
        request.session["app_secret"] = adapters.seal(
            request.user, totp.generate_totp_secret(), now=request.now
        )
    return adapters.unseal(request.user, request.session["app_secret"])


def _changed(request: HttpRequest, form: forms.NewEmailCode, to: str) -> bool:
    try:
        address.change_email(request.user, to, now=request.now)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    del request.session["new_email"]
    messages.success(
        request, _("Your address is changed. We told your old address, where it can be undone for 3 days.")
    )
    return True


def _devices(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the places a person is signed in: what kind of device, since when, last used, whether here."""
    found = []
    for each in UserSession.objects.purge_and_list(request.user):
        browser, system = sessions.device(each.user_agent)
        seen = SessionStore(each.session_key).get("seen_at")
        found.append(
            {
                "browser": browser,
                "system": system,
                "since": each.created_at,
                "seen": parse_datetime(seen) if seen else each.last_seen_at,
                "here": each.session_key == request.session.session_key,
            }
        )
    return sorted(found, key=lambda one: (not one["here"], one["since"]))


def _zone(request: HttpRequest) -> str:
    viewer = getattr(request, "viewer", None)
    return viewer.zone if viewer else request.user.zone or settings.TIME_ZONE


def _hours(request: HttpRequest) -> int:
    """Return whether to show a clock of 12 or of 24 hours: staff read the one their clinic chose."""
    viewer = getattr(request, "viewer", None)
    hours: int = viewer.clinic.clock if viewer and viewer.is_staff else 12
    return hours
