"""Addresses of this slice."""

from django.urls import path

from luna.people.views import circle, identity, invitation, sign_in

urlpatterns = [
    path("", sign_in.start, name="start"),
    # django-allauth sends people to some of these by the names it gives them.
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-in", sign_in.sign_in, name="account_request_login_code"),
    path("sign-in/code", sign_in.code, name="account_confirm_login_code"),
    path("sign-in/passkey", sign_in.passkey, name="passkey-sign-in"),
    path("sign-in/second", sign_in.second, name="second-factor"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("choose", sign_in.choose, name="choose"),
    path("me", identity.me, name="me"),
    path("me/profile", identity.profile, name="profile"),
    path("me/device", identity.own_device, name="own-device"),
    path("me/sign-out-others", identity.end_sessions, name="end-sessions"),
    path("me/unlock", identity.unlock, name="unlock"),
    path("me/pin", identity.pin, name="pin"),
    path("me/passkeys", identity.passkeys, name="passkeys"),
    path("me/passkeys/<int:passkey_id>/remove", identity.remove_passkey, name="remove-passkey"),
    path("me/totp", identity.app, name="app"),
    path("me/totp/image", identity.app_image, name="app-image"),
    path("me/totp/remove", identity.remove_app, name="remove-app"),
    path("me/recovery", identity.recovery_codes, name="recovery"),
    path("me/email", identity.email, name="email"),
    path("me/email/code", identity.email_code, name="email-code"),
    path("undo/<str:secret>", identity.undo_link, name="undo-link"),
    path("undo", identity.undo_email, name="undo-email"),
    path("i/<str:secret>", invitation.link, name="invitation-link"),
    path("invitation", invitation.invitation, name="invitation"),
    path("invitation/code", invitation.code, name="invitation-code"),
    path("invitation/decline", invitation.decline, name="invitation-decline"),
    path("invitation/other-address", invitation.other_address, name="invitation-other-address"),
    path("invitation/accept", invitation.accept, name="invitation-accept"),
    path("welcome", invitation.welcome, name="welcome"),
    path("welcome/part", invitation.part, name="part"),
    path("circle", circle.circle, name="circle"),
    path("circle/invite", circle.invite, name="circle-invite"),
    path("circle/invitations/<uuid:invitation_id>", circle.answer, name="circle-invitation"),
    path("circle/members/<uuid:member_id>/remove", circle.remove, name="circle-remove"),
    path("circle/leave", circle.leave, name="circle-leave"),
    path("who-looked", circle.who_looked, name="who-looked"),
]
