tests/unit/stream_sasl_scram_test.o: tests/unit/stream_sasl_scram_test.cc \
 lib/stream/sasl_scram.h lib/stream/digest.h lib/stream/secret.h \
 lib/stream/sasl.h lib/posix/fault.h lib/stream/base64.h
lib/stream/sasl_scram.h:
lib/stream/digest.h:
lib/stream/secret.h:
lib/stream/sasl.h:
lib/posix/fault.h:
lib/stream/base64.h:
