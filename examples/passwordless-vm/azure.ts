/**
 * What Azure is told. Service management, its former API: the ConfigurationSets of a Role, in the order of the reference
 * ("Create Virtual Machine Deployment"); its server takes elements in no other. Resource Manager, today's: osProfile of
 * Microsoft.Compute/virtualMachines.
 */

import { create } from 'xmlbuilder2'
import { authorizedKeysOf } from './fields.ts'
import { lineOf } from './keys.ts'
import type { Vm } from './vm.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Service management: the certificate is uploaded to the cloud service first; here its thumbprint names it. */
export function serviceManagementOf(vm: Vm, userData: string): string {
  const linux = {
    '@i:type': 'LinuxProvisioningConfigurationSet',
    ConfigurationSetType: 'LinuxProvisioningConfiguration',
    HostName: vm.name,
    UserName: vm.user,
    // Empty, and not left out: without the element the server refuses the request.
    UserPassword: '',
    DisableSshPasswordAuthentication: 'true',
    SSH: { PublicKeys: { PublicKey: { Fingerprint: vm.thumbprint, Path: authorizedKeysOf(vm.user) } } },
    CustomData: base64(userData),
  }
  const endpoint = { LocalPort: vm.port, Name: 'SSH', Port: vm.port, Protocol: 'tcp' }
  const network = {
    ConfigurationSetType: 'NetworkConfiguration',
    InputEndpoints: { InputEndpoint: endpoint },
  }
  const root = {
    '@xmlns': 'http://schemas.microsoft.com/windowsazure',
    '@xmlns:i': 'http://www.w3.org/2001/XMLSchema-instance',
    ConfigurationSet: [linux, network],
  }
  const document = create({ version: '1.0', encoding: 'utf-8' }, { ConfigurationSets: root })
  return `${document.end({ prettyPrint: true })}\n`
}

/** Resource Manager. */
export function resourceManagerOf(vm: Vm, userData: string): string {
  const publicKeys = vm.keys.map((key) => ({ path: authorizedKeysOf(vm.user), keyData: lineOf(key) }))
  const osProfile = {
    computerName: vm.name,
    adminUsername: vm.user,
    customData: base64(userData),
    linuxConfiguration: { disablePasswordAuthentication: true, ssh: { publicKeys } },
  }
  return `${JSON.stringify({ osProfile }, null, 2)}\n`
}

/** Why Resource Manager will not take a key, if it will not: RSA and Ed25519 are what its reference names. */
export function notTaken(vm: Vm): string | undefined {
  const others = vm.keys.map(({ type }) => type).filter((type) => type !== 'ssh-rsa' && type !== 'ssh-ed25519')
  return others.length === 0
    ? undefined
    : `Azure Resource Manager takes RSA and Ed25519 keys, and not ${others.join(', ')}`
}
