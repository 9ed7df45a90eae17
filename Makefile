# Everything goes through .venv, which this file makes. Works with GNU make 3.81, which macOS ships.
.DEFAULT_GOAL := help
.PHONY: help run serve test lint audit licences tools notebooks notebooks-html clean

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check

# A stamp is named after the content of the requirements, so that a change in them installs again and nothing else does.
APP := $(VENV)/.app-$(shell cksum < requirements.txt | tr ' ' '-')
TOOLS := $(VENV)/.tools-$(shell cat requirements.txt tests/requirements.txt | cksum | tr ' ' '-')

# YAMNet was offered; whether it came or not, it is not tried again.
YAMNET := $(VENV)/.yamnet

# TensorFlow has no packages for other versions of Python, nor for Macs with an Intel processor.
SUPPORTED := import platform as p, sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 14) and (p.system(), p.machine()) != ("Darwin", "x86_64")))

help:
	@echo 'make run             start the app (sets up .venv the first time)'
	@echo 'make serve           open the app to a class on this network, with HTTPS and a key for the teacher'
	@echo 'make test            run all tests; ARGS="-k word" chooses among them, ARGS="-n 0" takes one process'
	@echo 'make lint            check style and types'
	@echo 'make audit           look for known faults in the packages; needs a network'
	@echo 'make licences        list the packages with their licences'
	@echo 'make notebooks       open the notebooks in JupyterLab'
	@echo 'make notebooks-html  run the notebooks and write them as HTML into build/notebooks'
	@echo 'make clean           remove .venv and the caches of the tools'
	@echo 'PYTHON=/path/to/python3 names the interpreter that .venv is made with.'

run: $(APP) $(YAMNET)
	@echo 'Starting the app; Ctrl-C stops it.'
	@exec $(PY) -m streamlit run app.py

serve: $(APP) $(YAMNET)
	@exec $(PY) -m ui.classroom $(ARGS)

test: $(TOOLS)
	@exec $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# For .ci/run, which starts the linters beside the tests.
tools: $(TOOLS)

lint: $(TOOLS)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# Its own tool is fetched into an environment of its own, so that the tool's packages are not among the app's.
audit: $(APP)
	@$(PY) .ci/audit.py

licences: $(APP)
	@$(PY) -m ui.about.licences

# The kernels find the library in this folder. tqdm, which others bring along, warns of a bar that nobody uses here.
NOTEBOOK := PYTHONPATH='$(CURDIR)' PYTHONWARNINGS='ignore:IProgress not found'

notebooks: $(TOOLS)
	@$(NOTEBOOK) exec $(PY) -m jupyterlab --notebook-dir=notebooks

# Each page holds the code of its figures, so that it needs no other machine.
notebooks-html: $(TOOLS)
	@$(NOTEBOOK) PLOTLY_RENDERER=notebook exec $(PY) -m nbconvert --to html --execute --output-dir=build/notebooks \
	  $(foreach name,mathjax require_js jquery,--HTMLExporter.$(name)_url='') notebooks/*.ipynb

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import ensurepip; $(SUPPORTED)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'No Python 3.11, 3.12 or 3.13 with its venv module was found (on a Mac: one for Apple silicon).'; \
	  echo 'Install one (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python@3.13),'; \
	  echo 'or name it: make run PYTHON=/path/to/python3'; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version) ($$found)"; \
	"$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

# pip says in one line each what it downloads; its exit status would get lost in the pipe, hence the test for the stamp.
# librosa compiles its inner loops when it is first used in an environment; better here than in front of a class.
$(APP): $(PY)
	@$(PY) -c '$(SUPPORTED)' || { echo '$(VENV) holds an unsupported Python. Remove it with: make clean'; exit 1; }
	@echo 'Installing requirements.txt (the first time some minutes, and up to 1 GB to download)'
	@rm -f $(VENV)/.app-*
	@{ $(PIP) install -r requirements.txt && touch $@.pip; } | sed -n 's|^ *Downloading \(.*/\)*\([^/]*\.whl (.*)\)|  \2|p'; test -f $@.pip
	@echo 'Warming librosa up (once, up to 20 s)'
	@$(PY) -c 'import librosa, numpy; librosa.feature.melspectrogram(y=numpy.zeros(22050, "float32"), sr=22050)'
	@mv $@.pip $@

# The app works without it, too; behind the bar, so that a later installation does not bring it up again.
$(YAMNET): | $(APP)
	@echo 'Fetching YAMNet (4 MB, once): models that have heard AudioSet, see docs/model.md'
	@$(PY) -m esc_core models download yamnet || \
	  echo 'The app starts without it. Later: a button at the model, or $(PY) -m esc_core models download yamnet'
	@touch $@

$(TOOLS): $(APP)
	@echo 'Installing tests/requirements.txt'
	@rm -f $(VENV)/.tools-*
	@$(PIP) install --quiet -r requirements.txt -r tests/requirements.txt
	@touch $@
