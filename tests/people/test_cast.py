from luna.people import access


def test_cast_capacities_are_as_described(cast):
    assert [value for value, _label in access.capacities(cast.dee)] == [
        f"caretaker:{cast.oli_patient.id.hex}",
        f"staff:{cast.hill.id.hex}",
    ]


def test_clock_stands_still_in_requests(as_ana, now):
    response = as_ana.get("/health")

    assert response.wsgi_request.now == now
