tests/unit/cli_config_test.o: tests/unit/cli_config_test.cc \
 lib/cli/config.h lib/cli/keys.h lib/posix/fault.h
lib/cli/config.h:
lib/cli/keys.h:
lib/posix/fault.h:
