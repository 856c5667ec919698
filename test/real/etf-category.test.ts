import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { classifyEtf, unknownEtfs } from '#lundong/domain/etf-category.js';
import { parseEtfRules } from '#lundong/domain/etf-rules.js';
import { sharedDataAvailable, sharedPath } from '../support/shared-data.js';

const rules = parseEtfRules(readFileSync(new URL('../../config/etf-rules.json', import.meta.url), 'utf8'));

interface Listed {
  readonly code: string;
  readonly name: string;
  readonly groupName?: string;
}

/** Each fund once, as the file's last row of it has it. */
function fundsOf(file: string): Listed[] {
  const bytes = readFileSync(sharedPath('data', file));
  const rows: Listed[] = parse(file.endsWith('.gz') ? gunzipSync(bytes) : bytes, { columns: true, bom: true });
  return [...new Map(rows.map((row) => [row.code, row])).values()];
}

/** Groups of the flow file, whose keeper sorted the funds by their indices, that lie inside one of our categories. */
const GROUPS: Readonly<Record<string, string>> = {
  医药生科: '创新药 医疗器械 医药生物 中药',
  中游制造: '机器人 机械设备 汽车 智能驾驶 建筑装饰',
  上游材料: '有色金属 稀土 黄金股 煤炭 钢铁 石油石化 基础化工 建筑材料',
  消费: '食品饮料 白酒 家用电器 社会服务 商贸零售',
  农林牧渔: '农林牧渔 养殖',
  TMT: 'AI算力 半导体 芯片 消费电子 电子 计算机 软件信创 通信 互联网 传媒 游戏 金融科技',
  金融地产: '银行 券商 房地产',
  新能源: '光伏 锂电池 储能 新能源车',
  红利: '红利 红利低波',
  军工: '国防军工 卫星',
};

const FILES = ['etf_names_202507.csv', 'etf_flow_nav_shares_20260812_20260818.csv.gz'];

describe.skipIf(!FILES.every((file) => sharedDataAvailable('data', file)))('the rules on real names', () => {
  it.each(FILES)('know 99 of 100 names of %s', (file) => {
    const funds = fundsOf(file);
    const unknown = unknownEtfs(rules, funds);
    const sorted = funds.filter((fund) => classifyEtf(rules, fund).category !== null);
    console.log(
      `${file}: ${funds.length} funds, ${sorted.length} in a category, ${unknown.length} unknown: ` +
        unknown.map(({ name }) => name).join(' '),
    );
    expect(funds.length).toBeGreaterThan(1000);
    expect(unknown.length / funds.length).toBeLessThan(0.01);
    expect(sorted.length / funds.length).toBeGreaterThan(0.4);
  });

  it('agree with the groups of the flow file', () => {
    const funds = fundsOf(FILES[1]);
    let compared = 0;
    const others: string[] = [];
    for (const [category, groups] of Object.entries(GROUPS)) {
      for (const fund of funds.filter(({ groupName }) => groupName && groups.split(' ').includes(groupName))) {
        compared++;
        const found = classifyEtf(rules, fund);
        if (found.category !== category) others.push(`${fund.name}: ${found.category ?? found.outside}`);
      }
    }
    console.log(`${compared} compared; otherwise sorted: ${others.join('; ')}`);
    expect(compared).toBeGreaterThan(600);
    expect(others.length / compared).toBeLessThan(0.03);
  });
});
