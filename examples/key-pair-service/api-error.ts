/** What the service refuses, in the words of the ECS API: a documented code, its HTTP status, a message. */

/** Codes and messages as the API's reference has them; where ours says more, it stands behind the reference's. */
const documented = {
  MissingParameter: [400, 'A mandatory parameter is not supplied.'],
  InvalidParameter: [400, 'The specified parameter is not valid.'],
  UnsupportedParameter: [400, 'The parameter is not supported.'],
  UnsupportedHTTPMethod: [403, 'This http method is not supported.'],
  'InvalidAction.NotFound': [404, 'The specified action is not found.'],
  NoSuchVersion: [400, 'The specified version does not exist.'],
  'InvalidAccessKeyId.NotFound': [404, 'The specified access key is not found.'],
  SignatureDoesNotMatch: [403, 'The signature does not match the one that was calculated here.'],
  SignatureNonceUsed: [400, 'The request signature nonce has been used.'],
  'InvalidTimeStamp.Format': [400, 'The time stamp is not well formatted: 2026-01-31T12:00:00Z expected.'],
  'InvalidTimeStamp.Expired': [400, 'The time stamp is more than 15 minutes from the time here.'],
  'InvalidRegionId.NotFound': [404, 'The specified RegionId does not exist.'],
  'InvalidKeyPairName.Malformed': [400, 'The specified key pair name is not valid.'],
  'InvalidKeyPairName.NotFound': [404, 'The specified KeyPairName does not exist.'],
  'KeyPair.AlreadyExist': [400, 'The key pair already exists.'],
  'QuotaExceed.KeyPair': [403, 'The key pair quota is exceeded.'],
  'InvalidPublicKeyBody.Malformed': [400, 'The PublicKeyBody is not supported.'],
  'InvalidInstanceIds.ValueNotSupported': [400, 'The specified parameter InstanceIds is not valid.'],
  'InvalidInstanceId.NotFound': [404, 'The specified InstanceId does not exist.'],
  InstanceKeyPairLimitExceeded: [403, 'More than the permitted number is specified.'],
  'InvalidKeyPairNames.ValueNotSupported': [400, 'The specified parameter KeyPairNames is not valid.'],
  'InvalidParameter.KeypairAlreadyAttachedInstance': [400, 'A key pair in use can not be deleted.'],
  // People are not of the ECS API; these are codes of the RAM API.
  'EntityNotExist.User': [404, 'The user does not exist.'],
  'EntityNotExist.Group': [404, 'The group does not exist.'],
  'EntityAlreadyExists.User': [409, 'The user already exists.'],
  'EntityAlreadyExists.Group': [409, 'The group already exists.'],
  'DeleteConflict.Group.User': [409, 'The group has members.'],
  'LimitExceeded.User': [409, 'The limit of users or groups is reached.'],
  InternalError: [500, 'The request processing has failed due to some unknown error.'],
  ServiceUnavailable: [503, 'The request has failed due to a temporary failure of the server.'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>

export type ApiCode = keyof typeof documented

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiCode
  readonly status: number
  /** `detail` says what exactly is wrong. */
  constructor(code: ApiCode, detail?: string) {
    const [status, message] = documented[code]
    super(detail === undefined ? message : `${message} ${detail}`)
    this.code = code
    this.status = status
  }
}
