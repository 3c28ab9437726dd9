"""A child sends a dictionary to its parent, as pickle, through a pipe."""

import os
import pickle

read_end, write_end = os.pipe()
child = os.fork()
if child == 0:
    os.close(read_end)
    with open(write_end, "wb") as pipe:
        pickle.dump({"ship": "Möwe", "stops": ("Tromsø", "A Coruña"), "days": 31}, pipe)
    os._exit(0)

os.close(write_end)  # or else the next line waits for ever
with open(read_end, "rb") as pipe:
    sent = pipe.read()
os.waitpid(child, 0)
print(f"the child sent {pickle.loads(sent)}")

try:
    pickle.dumps(lambda x: x + 1)
except (pickle.PicklingError, AttributeError) as error:
    print(f"a function without a name: {type(error).__name__}")
