# The locked packages into the layer, with their byte code: the runtime's file system is read-only, so what is not
# compiled here is compiled at every cold start. PLATFORM is Lambda's (Amazon Linux 2023), whatever machine builds.
LOCK := $(dir $(lastword $(MAKEFILE_LIST)))requirements.txt

build-DependenciesLayer:
	uv pip install --quiet --target "$(ARTIFACTS_DIR)/python" --require-hashes --requirement "$(LOCK)" \
		--python python3.13 --python-version 3.13 --python-platform $(PLATFORM) --only-binary :all:
	rm -rf "$(ARTIFACTS_DIR)/python/bin"
	find "$(ARTIFACTS_DIR)" -name __pycache__ -prune -exec rm -rf {} +
	PYTHONDONTWRITEBYTECODE= python3.13 -m compileall -q -j 0 --invalidation-mode unchecked-hash "$(ARTIFACTS_DIR)/python"
