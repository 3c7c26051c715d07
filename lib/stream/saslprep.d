lib/stream/saslprep.o: lib/stream/saslprep.cc lib/stream/sasl_scram.h \
 lib/stream/digest.h lib/stream/secret.h lib/stream/sasl.h
lib/stream/sasl_scram.h:
lib/stream/digest.h:
lib/stream/secret.h:
lib/stream/sasl.h:
