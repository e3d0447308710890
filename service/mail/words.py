"""What mails and the page behind their last link say, in Chinese and in English, as one table.

Words only. What enterprises are told has its own words; Traditional is made from Simplified.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.leaf_words import traditional

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
TABLE: Mapping[str, tuple[str, str]] = {
    "digest.subject": ("惠企：{n}条新消息", "huiqi: {n} new messages"),
    "digest.subject.one": ("惠企：1条新消息", "huiqi: 1 new message"),
    "digest.intro": (
        "自上次邮件以来，有{n}条与贵单位有关的消息：",
        "Messages about your enterprise since the last mail: {n}",
    ),
    "digest.matched": ("可以申请的措施", "Measures you may apply for"),
    "digest.deadline": ("即将截止", "Ending soon"),
    "digest.revised": ("内容有变化", "Changed"),
    "digest.withdrawn": ("已撤回", "Withdrawn"),
    "digest.more": ("另有{n}条，见企业页面。", "{n} more are on the enterprise's page."),
    "digest.page": ("企业页面", "The enterprise's page"),
    "digest.why": (
        "您收到这封邮件，是因为有人为贵单位登记了这个邮箱。",
        "You receive this because this address was registered for your enterprise.",
    ),
    "digest.stop": ("不再接收邮件", "Stop these mails"),
    "digest.off": ("不再接收任何推送", "Stop all messages of every channel"),
    "stop.title": ("不再接收邮件", "Stop these mails"),
    "stop.ask": (
        "按下按钮后，不再向这个邮箱发送消息汇总。收件箱和其他渠道不受影响。",
        "After this no more digests are sent to the address. The inbox and other channels go on.",
    ),
    "stop.button": ("不再接收", "Stop"),
    "stop.done": (
        "已停止，不再向这个邮箱发送消息汇总。",
        "Stopped: no more digests are sent to this address.",
    ),
    "stop.bad": ("链接无效。", "This link is not valid."),
    "notice.endpoint": ("推送地址已停止", "An endpoint has been stopped"),
    "notice.endpoint.text": (
        "推送地址 {id} 现在的状态是 {state}，原因 {reason}。恢复前不向它推送。",
        "The endpoint {id} is now {state} because of {reason}. Nothing is sent to it until it is resumed.",
    ),
    "notice.measure": ("一项推送已自动暂停", "A push has paused itself"),
    "notice.measure.text": (
        "{id} 的推送已自动暂停，原因 {reason}。请核对其条件，再恢复或撤回。",
        "The push of {id} has paused itself because of {reason}. Check its rule, then resume or recall it.",
    ),
    "notice.worker": ("后台进程没有响应", "The worker does not respond"),
    "notice.worker.text": (
        "有任务在等待，而后台进程最后一次有动静是 {since}。",
        "Jobs are waiting, and the worker's last sign of life was {since}.",
    ),
    "notice.canary": ("推送链路不通", "Pushes do not arrive"),
    "notice.canary.text": (
        "自检消息最后一次到达是 {since}。",
        "The canary's last arrival was {since}.",
    ),
}


@dataclass(frozen=True)
class MailWords:
    """What mails say in one language."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, its {names} filled. Raises KeyError for a key that is in no table."""
        text = TABLE[key][self.language == "en"].format(**values)
        return self.content(text)

    def content(self, text: str) -> str:
        """What was told in Simplified Chinese, in this language's characters."""
        return traditional(text) if self.language == "zh-Hant" else text
