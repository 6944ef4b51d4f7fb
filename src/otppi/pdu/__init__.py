"""The SMS wire format: TPDUs of 3GPP TS 23.040 in the alphabets of 3GPP TS 23.038, to and from plain values.

Pure: no input or output, no clock, no randomness, and nothing of modems, numbers plans or messages in a queue.
Every refusal is a `otppi.pdu.errors.PduError`; no error and no repr holds a text or the hex it came from.
Start reading at `decode` (any TPDU) and `submit` (a text becomes TPDUs).
"""
