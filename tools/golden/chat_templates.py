"""Golden data for chat templates: what transformers' Jinja2 makes of them.

    peers/bin/python tools/golden/chat_templates.py tests/golden

Writes chat/models.json: templates of models as the trl package carries them (Apache 2.0), and three others, with what they
make of several conversations; and chat/expressions.json: small templates, one for each thing that Python and JavaScript
could do differently. `null` stands for a template that raises. The day is that of src/text/chat.ts.
"""

import datetime
import json
import os
import sys

import transformers
import trl
from transformers.utils import chat_template_utils as utils


class Day(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


utils.datetime = Day
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
CONVERSATIONS = [
    [{"role": "user", "content": "What is 1 + 1?"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "  Ünïcode 😀\n\n two  lines \n"}],
    [
        {"role": "user", "content": "Hi <b>there</b> & 'you'"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\nHello {{ you }}"},
        {"role": "user", "content": ""},
    ],
    [{"role": "system", "content": "S"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
    [{"role": "assistant", "content": "I begin"}, {"role": "assistant", "content": "twice"}],
]
SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are "
    "a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message"
    "['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == "
    "'assistant' %}{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are "
    "supported!') }}{% endif %}{% endfor %}"
)
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token "
    "}}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message"
    "['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last "
    "and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
MODELS = ["cohere", "deepseek_r1_distill", "gemma", "gemma3", "glm4moe", "gptoss", "lfm2", "lfm2_2_5", "llama3", "llama3_1",
          "llama3_2", "nemotron_3_nano", "phi3", "phi3_5", "qwen2_5", "qwen3", "qwen3_5_think", "qwen3_instruct_2507"]
# One thing each; M is a conversation's list of messages.
EXPRESSIONS = """
{{ true }} {{ false }} {{ none }} {{ undefined_name }}|
{{ 1.0 }} {{ 1/2 }} {{ 3 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 3 }} {{ 2 ** -1 }}
{{ 1e3 is defined }}
{{ 10000000000000000.0 }} {{ 0.00001 * 1 }} {{ 123456.789 }} {{ 100000 * 100000 }}
{{ [1, 'a', true, none, 1.5, 'it\\'s'] }} {{ {'a': 1, 'b': [none]} }} {{ (1, 'x') }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.0 ~ undefined_name ~ [1] }}
{{ 'a' + 1 }}
{{ 'a' + none }}
{{ 'a' + undefined_name }}
{{ 'ab' * 2 }}{{ 2 * 'ab' }}{{ [1] * 2 }}{{ [1] + [2] }}
{{ '1' == 1 }} {{ '' == 0 }} {{ true == 1 }} {{ none == undefined_name }} {{ none == false }} {{ 1 == 1.0 }}
{{ [1, 2] == [1, 2] }} {{ {'a': [1]} == {'a': [1]} }} {{ 'a' != 'b' }} {{ none != none }}
{{ 1 in [1, 2] }} {{ '1' in [1, 2] }} {{ true in [1] }} {{ [1] in [[1]] }} {{ none in [none] }} {{ 'a' in {'a': 1} }}
{{ 'a' in 'abc' }} {{ 'z' not in 'abc' }} {{ 'a' in undefined_name }} {{ 'role' in messages[0] }}
{{ 'a' < 'b' }} {{ 'B' < 'a' }} {{ 1 < 2.5 }} {{ 'a' >= 'a' }} {{ true < 2 }}
{{ 'a' < 1 }}
{{ 1 / 0 }}
{{ 'xxaxx'.strip('x') }} {{ 'xxaxx'.rstrip('x') }} {{ 'xxaxx'.lstrip('x') }} {{ '\\n\\nabc\\n'.strip('\\n') }}|
{{ '\\x1c a \\x85'.strip() }}|{{ '\\ufeffa'.strip() }}|{{ ' a ' | trim }}|{{ 'xax' | trim('x') }}
{{ 'a b  c'.split() }} {{ ' a b  c '.split(' ') }} {{ 'a,b,c'.split(',', 1) }} {{ ' a  b  c '.split(none, 1) }} {{ 'x</think>y'.split('</think>')[-1].lstrip('\\n') }}
{{ 'a\\nb\\r\\nc\\n'.splitlines() }}
{{ 'hello World'.title() }} {{ 'hELLO wORLD'.capitalize() }} {{ 'hELLO-wORLD x' | title }} {{ 'hELLO wORLD' | capitalize }} {{ "it's he's" | title }} {{ "it's".title() }}
{{ 'ab'.upper() }} {{ 'AB'.lower() }} {{ 'straße' | upper }}
{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('c') }} {{ 'abab'.replace('a', 'x', 1) }} {{ 'abab' | replace('a', '$&') }}
{{ 'abcabc'.find('c') }} {{ 'abcabc'.count('bc') }} {{ '-'.join(['a', 'b']) }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ '12'.isdigit() }}
{{ 'abc'.length }}|{{ messages.length }}|{{ messages[0].length }}
{{ '😀a' | length }} {{ '😀a'[1] }} {{ '😀ab'[::-1] }} {{ '😀ab'[1:] }} {{ messages | length }} {{ {'a': 1} | length }} {{ [] | count }}
{{ messages[0].foo }}|{{ messages[9] }}|{{ 'abc'[7] }}|{{ none.x }}
{{ undefined_name.x }}
{{ messages[0].foo.bar }}
{{ undefined_name() }}
{{ 'abc'[-2:] }} {{ [1, 2, 3, 4][1:-1] }} {{ [1, 2, 3, 4][::2] }} {{ 'abcdef'[4:1:-1] }} {{ 'abc'[5:] }}|{{ 'abc'[:-5] }}|{{ [1,2,3][::-1] }}
{{ 'b,a' | tojson }} {{ {'b': 1, 'a': [1, 2.0, {'c': none}], 'u': 'é<>&\\u007f', 't': true} | tojson }}
{{ {'b': 1, 'a': []} | tojson(indent=2) }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ {'b': 'é😀'} | tojson(ensure_ascii=true) }} {{ [1, 2] | tojson(separators=(',', ':')) }} {{ [[]] | tojson(indent=4) }}
{{ undefined_name | tojson }}
{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ ['b', 'A'] | sort(case_sensitive=true) }} {{ [1, 2] | sort(reverse=true) }} {{ messages | sort(attribute='role') | map(attribute='role') | list }}
{{ ['a', 1, none, true] | join('-') }} {{ 'abc' | join('.') }} {{ messages | join(', ', attribute='role') }} {{ [1, 2] | join }}
{{ [1, 2] | first }} {{ [1, 2] | last }} {{ 'abc' | first }} {{ [] | first }}|{{ [1, 2] | reverse | list }} {{ 'abc' | reverse }} {{ 'ab' | list }} {{ {'a': 1} | list }}
{{ 1.5 | string }} {{ true | string }} {{ [1, 'a'] | string }} {{ none | string }}
{{ '3' | int + 1 }} {{ 3.7 | int }} {{ -3.7 | int }} {{ 'x' | int }} {{ '3x' | int }} {{ 'x' | int(5) }} {{ '2.5' | float }} {{ '2.5' | int }} {{ 'x' | float }} {{ true | int }} {{ '1_0' | int is defined }}
{{ -3 | abs }} {{ -3.5 | abs }} {{ 3.14159 | round(2) }} {{ 2.5 | round }} {{ 3.5 | round }} {{ 2.675 | round(2) }} {{ 0.125 | round(2) }} {{ 7 | round }} {{ 1.005 | round(2) }} {{ -2.5 | round }} {{ 0.5 | round }} {{ 1.5 | round }} {{ 0.375 | round(2) }} {{ 9.5 | round }} {{ 99.995 | round(2) }} {{ 0.0 | round }}
{{ '%s-%s' | format('a', 1) }} {{ '%d%%' | format(5) }}
{{ undefined_name | default('z') }} {{ '' | default('z') }}|{{ '' | default('z', true) }} {{ none | default('z') }} {{ none | default('z', boolean=true) }} {{ undefined_name | default(default_value='q') }} {{ undefined_name | d }}|
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | selectattr('foo', 'undefined') | list | length }} {{ messages | rejectattr('role', 'eq', 'user') | list | length }} {{ messages | selectattr('content') | list | length }} {{ messages | selectattr('role', 'in', ['user']) | list | length }}
{{ [1, 2, 3] | select('odd') | list }} {{ [1, 0, 2] | reject | list }} {{ ['a', 'b'] | map('upper') | list }} {{ [0, 1, none] | select | list }}
{{ messages | map(attribute='foo', default='d') | list }} {{ {'b': 1, 'a': 2} | items | list }} {{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(by='value', reverse=true) }}
{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent(2, blank=true) }}|{{ 'a\\nb' | indent('> ') }}
{{ messages is iterable }} {{ 'x' is iterable }} {{ {} is iterable }} {{ none is iterable }} {{ 5 is iterable }} {{ undefined_name is iterable }} {{ {} is sequence }} {{ messages is sequence }} {{ 3 is sequence }}
{{ messages[0] is mapping }} {{ messages is mapping }} {{ 'x' is string }} {{ 3 is odd }} {{ -3 is odd }} {{ 4 is even }} {{ true is number }} {{ 1.5 is number }} {{ true is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ 1 is boolean }} {{ none is none }} {{ 'x' is none }}
{{ undefined_name is defined }} {{ undefined_name is not defined }} {{ messages[0].foo is defined }} {{ tools is defined }} {{ tools is none }} {{ documents is none }} {{ bos_token is defined }} {{ raise_exception is callable }} {{ true is true }} {{ 1 is true }} {{ false is false }}
{% for m in [1,2,3] %}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.revindex }}|{% endfor %}
{% for i in [1,2,3] %}{{ i }}{% if i == 2 %}x{% break %}{% endif %}y{% endfor %}
{% for i in range(5) %}{{ i }}{% if i == 2 %}x{% continue %}{% endif %}y{% endfor %}
{% for i in [1,2] %}{% continue %}{% else %}E{% endfor %}|{% for i in [1,2] %}a{% break %}{% else %}E{% endfor %}|{% for i in [] %}x{% else %}empty{% endfor %}
{% for i in [1,2,3] %}[{{ x }}]{% set x = i %}{% endfor %}{{ x }}
{% set x = 0 %}{% for i in [1,2,3] %}[{{ x }}]{% set x = i %}({{ x }}){% endfor %}{{ x }}
{% set ns = namespace(a='n', n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.a }}{{ ns.n }}
{% for c in 'ab' %}{{ c }},{% endfor %}{% for k in {'x': 1, 'y': 2} %}{{ k }}{% endfor %}{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}{% for x in undefined_name %}z{% endfor %}
{% for x in none %}z{% endfor %}
{% for x in 5 %}z{% endfor %}
{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.last }}{% else %}none{% endfor %}
{% for a, b in [(1, 2), [3, 4]] %}{{ a }}{{ b }}{% endfor %}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set t = (1, 2) %}{{ t[0] }}
{% macro m(a, b='q', c=none) %}<{{ a }}|{{ b }}|{{ c }}>{% endmacro %}{{ m(1) }}{{ m(1, c=2) }}{{ m(b=3) }}
{% macro m() %}<{{ y }}>{% endmacro %}{% for y in [1] %}{{ m() }}{% endfor %}
{% set x=1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x=2 %}{{ m() }}
{% macro w() %}[{{ caller() }}]{% endmacro %}{% call w() %}in{% endcall %}
{% set x %}block {{ messages[0].role }}{{ true }}{% endset %}{{ x }}{{ x | length }}
{% filter upper %}abc{{ none }}{% endfilter %}
{{ 'a' if false }}|{{ 'a' if true else 'b' }}|{{ none if none is none else 1 }}
{{ 1 and 2 }} {{ 0 or 'x' }} {{ not 1 }} {{ '' or none }} {{ [] or {} }} {{ not [] }}
{{ 1 if {} else 2 }}{{ 1 if '0' else 2 }}{{ 1 if 0.0 else 2 }}{{ 1 if namespace() else 2 }}
{{ 'a' 'b' }}{{ "\\u00e9\\t'" }}{{ 'a\\\\b' }}
{{ messages[0]['content'].split('?')[0] + '!' }}{{ messages[-1].role }}{{ messages[::-1][0].role }}{{ (messages + messages) | length }}
{{ {'a': 1}.get('a') }}{{ {'a': 1}.get('b') }}{{ {'a': 1}.get('b', 2) }}{{ {'a': 1}.keys() | list }}{{ {'a': 1}.values() | list }}
{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%Y-%m-%d %B %A %j %a %y %H:%M:%S %p %%') }}|{{ strftime_now('%-d %-m') }}
{{ raise_exception('no') }}
{% if messages[0].role == 'user' %}u{% elif true %}e{% else %}n{% endif %}
{% generation %}a{% endgeneration %}b  {%- generation -%}  c  {%- endgeneration -%}  d
a  {%- if true -%}  b  {%- endif -%}  c {{- ' d' -}} \\n e
a{# comment #}b{#- c -#} d
{{ [1, 1] | unique | list }}
{{ range(3) | list }}{{ range(1, 7, 2) | list }}{{ range(3, 0, -1) | list }}
{{ 1 is divisibleby(1) }}
{{ 'abc' | wordcount }}
{{ loop }}
{{ 5 | length }}
{{ messages[0].content | safe }}{{ '<a>&' }}
{{ -5 }} {{ +5 }} {{ - 5 + 2 }} {{ 2 - -1 }}
{{ 'A' ~ ('b' if true) ~ messages[0]['role'] | upper }}
{{ 'y' if [] | select else 'n' }} {{ 'y' if messages | selectattr('foo') else 'n' }} {{ 'y' if {} | items else 'n' }} {{ 'y' if [] | map('upper') else 'n' }} {{ 'y' if [] | reverse else 'n' }} {{ [] | select is iterable }} {{ [] | select is sequence }}
{{ (messages | selectattr('role'))[0] }}
{{ messages | map(attribute='role') | length }}
{{ messages | selectattr('role') | tojson }}
{% set some = messages | selectattr('role') %}{% for m in some %}a{% endfor %}{% for m in some %}b{% endfor %}
{{ (1, 2)[1:] }} {{ (1, 2) + (3, 4) }} {{ undefined_name is callable }} {{ 1 | safe is string }}
{{ none is odd }}
{{ none | indent }}
{{ undefined_name | int }}
{{ [1] in {'a': 1} }}
{{ (1, 2) == [1, 2] }} {{ (1, 2) == (1, 2) }} {{ [1] is sequence }}
""".strip("\n").split("\n")
# Their line breaks matter.
BLOCKS = [
    "{{ bos_token }}\n    {% for m in messages %}\n        {% if m.role == 'user' %}\n            U: {{ m.content | trim }}\n"
    "        {% endif %}\n    {% endfor %}\n{% if add_generation_prompt %}\nA:{% endif %}\n",
    "x\n\n", "x\n", "\n", "a\r\nb\r\n{% if true %}\r\nc{% endif %}\r\n", "a{# c #}\nb\n{# c\nd #}\nc\n",
    "  {%- set x = 1 %}\n\n  {{ x }}\n\t{% set y = 2 %}  \n{{ y }}  \n",
    "{% for m in messages %}\n{% if m.role == 'assistant' %}\n  {% generation %}\n  {{ m.content }}\n  {% endgeneration %}\n"
    "{% endif %}\n{{ m.content }}\n{% endfor %}\n",
    "{%- macro show(m) %}\n  <{{ m.role }}>\n{%- endmacro %}\n{%- for m in messages %}\n{{ show(m) }}\n{%- endfor %}\n",
    "{{ 'a\nb' }}\n{%- if false %}\nno\n{%- else %}\n  yes\n{%- endif %}\nend\n",
]


def rendered(template, conversation):
    try:
        texts, _ = utils.render_jinja_template(
            [conversation], chat_template=template, add_generation_prompt=True, **TOKENS)
        return texts[0]
    except Exception:  # what is raised is the template's own
        return None


def main(golden):
    target = os.path.join(golden, "chat")
    os.makedirs(target, exist_ok=True)
    about = {"transformers": transformers.__version__, "trl": trl.__version__, "tokens": TOKENS,
             "conversations": CONVERSATIONS}
    directory = os.path.join(os.path.dirname(trl.__file__), "chat_templates")
    templates = {"smollm2": SMOLLM2, "mistral_7b_v0_2": MISTRAL, "tinyllama": ZEPHYR}
    for name in MODELS:
        with open(os.path.join(directory, f"{name}.jinja"), encoding="utf-8") as file:
            templates[name] = file.read()
    models = {name: {"template": template, "texts": [rendered(template, c) for c in CONVERSATIONS]}
              for name, template in templates.items()}
    with open(os.path.join(target, "models.json"), "w", encoding="utf-8") as out:
        json.dump({**about, "models": models}, out, ensure_ascii=False, indent=0)
    cases = [{"template": t, "texts": [rendered(t, c) for c in CONVERSATIONS[:3]]}
             for t in EXPRESSIONS + BLOCKS]
    with open(os.path.join(target, "expressions.json"), "w", encoding="utf-8") as out:
        json.dump({**about, "cases": cases}, out, ensure_ascii=False, indent=0)


if __name__ == "__main__":
    main(sys.argv[1])
