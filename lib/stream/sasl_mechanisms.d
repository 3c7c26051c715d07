lib/stream/sasl_mechanisms.o: lib/stream/sasl_mechanisms.cc \
 lib/stream/sasl_mechanisms.h lib/stream/sasl.h lib/stream/secret.h \
 lib/stream/sasl_scram.h lib/stream/digest.h
lib/stream/sasl_mechanisms.h:
lib/stream/sasl.h:
lib/stream/secret.h:
lib/stream/sasl_scram.h:
lib/stream/digest.h:
