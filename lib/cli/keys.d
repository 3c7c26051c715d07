lib/cli/keys.o: lib/cli/keys.cc lib/cli/keys.h
lib/cli/keys.h:
