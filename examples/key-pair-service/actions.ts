/** The calls that there are: what each needs, what it may be given, and who answers. The command takes its words from here. */

import * as audit from './audit.ts'
import type { Call } from './call.ts'
import * as instances from './instances.ts'
import * as keyPairs from './key-pairs.ts'
import * as read from './parameters.ts'
import * as people from './people.ts'

type Readers = Readonly<Record<string, read.Reader<unknown>>>
type Given<N extends Readers, O extends Readers> = {
  readonly [K in keyof N]: ReturnType<N[K]>
} & { readonly [K in keyof O]?: ReturnType<O[K]> }

export interface Action {
  readonly needed: Readers
  readonly optional: Readers
  run(call: Call, given: Readonly<Record<string, unknown>>): Promise<object>
}

function action<N extends Readers, O extends Readers = Record<never, never>>(
  run: (call: Call, given: Given<N, O>) => Promise<object>,
  needed: N,
  optional: O = {} as O,
): Action {
  return { needed, optional, run: (call, given) => run(call, given as Given<N, O>) }
}

const KeyPairName = read.keyPairName
const InstanceIds = read.instanceIds
const InstanceId = read.instanceId
const UserName = read.personName
const GroupName = read.personName
const paging = { PageNumber: read.integer(1, 100_000), PageSize: read.integer(1, 50) }

export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    CreateKeyPair: action(keyPairs.createKeyPair, { KeyPairName }),
    ImportKeyPair: action(keyPairs.importKeyPair, { KeyPairName, PublicKeyBody: read.text }),
    DescribeKeyPairs: action(
      keyPairs.describeKeyPairs,
      {},
      {
        KeyPairName: read.keyPairPattern,
        KeyPairFingerPrint: read.md5Fingerprint,
        ...paging,
        IncludePublicKey: read.flag,
      },
    ),
    DescribeFingerPrints: action(keyPairs.describeFingerPrints, { KeyPairName }),
    DeleteKeyPairs: action(keyPairs.deleteKeyPairs, { KeyPairNames: read.keyPairNames }),
    AttachKeyPair: action(instances.attachKeyPair, { KeyPairName, InstanceIds }),
    DetachKeyPair: action(instances.detachKeyPair, { KeyPairName, InstanceIds }),
    RebootInstance: action(instances.rebootInstance, { InstanceId }),
    DescribeInstances: action(instances.describeInstances, {}),
    CreateUser: action(people.createUser, { UserName }),
    DeleteUser: action(people.deleteUser, { UserName }),
    ListUsers: action(people.listUsers, {}),
    CreateGroup: action(people.createGroup, { GroupName }),
    DeleteGroup: action(people.deleteGroup, { GroupName }),
    ListGroups: action(people.listGroups, {}),
    AddUserToGroup: action(people.addUserToGroup, { UserName, GroupName }),
    RemoveUserFromGroup: action(people.removeUserFromGroup, { UserName, GroupName }),
    AssignKeyPair: action(people.assignKeyPair, { UserName, KeyPairName }),
    ReleaseKeyPair: action(people.releaseKeyPair, { UserName }),
    AttachGroup: action(people.attachGroup, { GroupName, InstanceIds }),
    DetachGroup: action(people.detachGroup, { GroupName, InstanceIds }),
    DescribeKeyHolders: action(audit.describeKeyHolders, {}, { InstanceId, UserName, History: read.flag }),
    DescribeLogins: action(audit.describeLogins, {}, { InstanceId, UserName, ...paging }),
  }),
)
