"""Buckets that all processes share: one script on Redis, many charges in one exchange.

Redis runs a script alone and tells the time itself, so that a charge is exact however many processes charge at once,
and whatever their clocks say. The arithmetic is that of `domain.buckets`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from domain.buckets import SECOND, Charge, Levels

_PREFIX: Final = "boxoffice:bucket:"

_SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer, key, arg = {}, 1, 1
while ARGV[arg] do
  local cost, buckets = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
  local taken, states = 1, {}
  for each = 0, buckets - 1 do
    local capacity, point = tonumber(ARGV[arg + 2 + 2 * each]), tonumber(ARGV[arg + 3 + 2 * each])
    local full_at = math.max(tonumber(redis.call('GET', KEYS[key + each]) or now), now)
    local after = math.max(full_at + cost * point, now)
    if cost > 0 and after - now > capacity * point + 1 then taken = 0 end
    states[each + 1] = {capacity, point, full_at, after}
  end
  answer[#answer + 1] = taken
  for each, state in ipairs(states) do
    local capacity, point, moment = state[1], state[2], state[3]
    if taken == 1 then
      moment = state[4]
      if moment > now then
        redis.call('SET', KEYS[key + each - 1], string.format('%.0f', moment), 'PX', math.ceil((moment - now) / 1000))
      else
        redis.call('DEL', KEYS[key + each - 1])
      end
    end
    answer[#answer + 1] = math.max(math.floor(capacity - (moment - now) / point + 1e-6), 0)
  end
  key, arg = key + buckets, arg + 2 + 2 * buckets
end
return answer
"""

_SHA1: Final = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class SharedBuckets:
    """The buckets on Redis."""

    redis: Redis

    async def charge(self, charges: Sequence[Charge]) -> list[Levels]:
        """Take charges one after the other, in one exchange; none at all is a way to ask whether Redis answers.

        Raises:
            redis.exceptions.RedisError: it does not, or not in time.
        """
        keys = [_PREFIX + bucket.key for charge in charges for bucket in charge.buckets]
        arguments: list[int | float] = []
        for buckets, cost in charges:
            arguments += (cost, len(buckets))
            for _, rate in buckets:
                arguments += (rate.capacity, SECOND / rate.restored)
        try:
            answer = await self.redis.evalsha(_SHA1, len(keys), *keys, *arguments)
        except NoScriptError:  # Redis was started again, or its scripts were flushed
            answer = await self.redis.eval(_SCRIPT, len(keys), *keys, *arguments)
        levels = []
        place = 0
        for buckets, _ in charges:
            end = place + 1 + len(buckets)
            levels.append(Levels(answer[place] == 1, tuple(answer[place + 1 : end])))
            place = end
        return levels
