"""Addresses of the consultation."""

from django.urls import path

from luna.intake.views import caretaker, medicines, patient, prescriber, staff

urlpatterns = [
    path("intake", patient.home, name="intake"),
    path("intake/answers", patient.answers, name="intake-answers"),
    path("intake/medicines", medicines.told, name="medicine-list"),
    path("intake/medicines/add", medicines.add, name="medicine-add"),
    path("intake/medicines/<uuid:medicine_id>", medicines.one, name="medicine"),
    path("intake/questions", patient.asked, name="intake-asked"),
    path("intake/ask/<slug:name>", patient.questions, name="intake-questions"),
    path("intake/ask/<slug:name>/now/<slug:slug>", patient.now, name="intake-now"),
    path("noticed", caretaker.noticed, name="noticed"),
    path("clinic/news", staff.news, name="news"),
    path("clinic/patients/<uuid:patient_id>/consultation", prescriber.consultation, name="consultation"),
    path("clinic/patients/<uuid:patient_id>/decision", prescriber.decision, name="decision"),
    path("clinic/patients/<uuid:patient_id>/medicines/add", medicines.add_for, name="chart-medicine-add"),
    path(
        "clinic/patients/<uuid:patient_id>/medicines/<uuid:medicine_id>",
        medicines.one_for,
        name="chart-medicine",
    ),
    path("clinic/patients/<uuid:patient_id>/enquiry", staff.enquiry, name="enquiry"),
]
