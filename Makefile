# make demo   installs what it needs, builds, runs the main job on real servers and the real kernel
# make test   installs what it needs, builds, runs every test
# make agent  compiles the node agent to native code, as the package and ./fleet agent do
# make deb    builds the Debian package
# make test-deb  builds the package and installs, upgrades (under load), removes and purges it in a fresh Debian
# make test-demo  asks every expression of the dashboards, and reads every page in a browser, while the demo runs (needs root)
# make test-newcomer  clones into an empty folder, runs make demo there, and looks at a tuned node in a browser (needs root)
# make test-readme  runs the commands of README and first five minutes, which make test does too
# make image  builds the container image as an archive
.PHONY: build native agent deb test-deb test-demo test-newcomer test-readme image demo test tools-run tools-test format clean

build: native
	dotnet build Fleet.sln -c Release --nologo -v q

native:
	eng/build-native.sh

demo: tools-run native
	./fleet demo

test: tools-test build
	eng/run-tests.sh

agent: build
	eng/build-agent.sh

tools-run:
	eng/install-tools.sh run

tools-test:
	eng/install-tools.sh test

format:
	dotnet format Fleet.sln --no-restore

deb:
	eng/build-deb.sh

test-deb: tools-test
	eng/test-deb.sh

test-demo: tools-test build
	FLEET_TEST_DEMO=1 dotnet test tests/Fleet.Deploy.Tests -c Release --no-build --nologo --filter FullyQualifiedName~RunningDemo

test-newcomer: tools-test build
	FLEET_NEWCOMER=1 dotnet test tests/Fleet.Deploy.Tests -c Release --no-build --nologo --filter FullyQualifiedName~Newcomer

test-readme: tools-test build
	dotnet test tests/Fleet.Deploy.Tests -c Release --no-build --nologo --filter FullyQualifiedName~DocumentedCommands

image:
	eng/build-image.sh

clean:
	rm -rf artifacts
	find src tests -name bin -o -name obj | xargs rm -rf
