"""Addresses of consents."""

from django.urls import path

from luna.consents.views import clinic, patient

urlpatterns = [
    path("consents", patient.listing, name="consents"),
    path("consents/<slug:about>", patient.sign, name="consent-sign"),
    path("consents/<slug:about>/withdraw", patient.withdraw, name="consent-withdraw"),
    path("consents/signed/<uuid:consent_id>", patient.signed, name="consent-signed"),
    path("consents/signed/<uuid:consent_id>/file", patient.file, name="consent-file"),
    path("clinic/consents", clinic.board, name="consents-board"),
    path("clinic/consents/<slug:about>/<slug:language>", clinic.text, name="consent-text"),
    path("clinic/patients/<uuid:patient_id>/consents", clinic.patient, name="consents-of"),
    path("clinic/patients/<uuid:patient_id>/consents/<slug:about>/paper", clinic.paper, name="consent-paper"),
    path("clinic/patients/<uuid:patient_id>/consents/<slug:about>/print", clinic.blank, name="consent-print"),
    path(
        "clinic/patients/<uuid:patient_id>/consents/<slug:about>/withdraw",
        clinic.withdraw,
        name="consent-withdraw-for",
    ),
]
