# Luna in a few commands. `make run` on a fresh machine needs python3 (3.11 to 3.13) and nothing else.

LUNA = .venv/bin/python -m luna

.PHONY: help run test check fix bench messages demo-reset

help:  ## what you are reading
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

run:  ## start Luna with a made-up clinic; PORT and LUNA_DATA are honoured
	@bin/setup requirements.lock
	@exec $(LUNA) serve --demo

test:  ## run every test: SQLite, PostgreSQL, a real server and a real browser
	@bin/setup requirements-dev.lock
	@bin/test

check:  ## what CI runs: format, lint, types, imports, migrations, settings, every test
	@bin/setup requirements-dev.lock
	@bin/check
	@bin/test

fix:  ## put right what a machine can put right
	@bin/setup requirements-dev.lock
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench:  ## measure; some only with ONLY=how their names begin; writes bench/results.json
	@bin/setup requirements-dev.lock
	.venv/bin/python -m bench $(ONLY)

messages:  ## collect the words to translate into luna/locale
	@bin/setup requirements-dev.lock
	@mkdir -p luna/locale
	.venv/bin/pybabel -q extract -F babel.cfg -k lazy_gettext -k gettext_lazy -k ngettext_lazy:1,2 \
		-k pgettext:1c,2 -k pgettext_lazy:1c,2 --project Luna --no-location --sort-output \
		-o luna/locale/django.pot luna
	for po in $(wildcard luna/locale/*/LC_MESSAGES/django.po); do \
		.venv/bin/pybabel -q update -N -D django -i luna/locale/django.pot -d luna/locale \
			-l $$(basename $$(dirname $$(dirname $$po))) && \
		.venv/bin/pybabel -q compile -i $$po -o $${po%.po}.mo; done
	.venv/bin/python -m tests.pseudo

demo-reset:  ## throw the demo's data away and make it anew
	@bin/setup requirements.lock
	@$(LUNA) demo reset
