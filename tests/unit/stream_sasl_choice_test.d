tests/unit/stream_sasl_choice_test.o: \
 tests/unit/stream_sasl_choice_test.cc lib/stream/sasl_choice.h \
 lib/posix/fault.h lib/stream/sasl.h lib/stream/secret.h
lib/stream/sasl_choice.h:
lib/posix/fault.h:
lib/stream/sasl.h:
lib/stream/secret.h:
